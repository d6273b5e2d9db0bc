import { FlurryError, isStorePath, storePath } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import * as z from "zod";

import { knownNixVersion, pathInfoJsonFlags } from "../process/capabilities.ts";
import { parseNixJson } from "../process/json-output.ts";
import { runNix } from "../process/nix-command.ts";
import type { NixOutput } from "../process/nix-command.ts";
import type { NixContext } from "../process/nix-context.ts";
import { nixError } from "../process/nix-error.ts";

/** What the store knows of one path. */
export interface PathInfo {
  readonly path: StorePath;
  /** Uncompressed bytes of the path alone. */
  readonly narSize: number;
  /** The hash of the path's contents as nix prints it: `sha256-…=`. */
  readonly narHash?: string;
  /** The paths that it refers to directly, often itself among them. */
  readonly references: readonly StorePath[];
  /** What another store is to be told as well when it gets the path; missing where the store does not say it as expected. */
  readonly origin?: PathOrigin;
}

/** Where a path came from. */
export interface PathOrigin {
  /** The derivation that it was built from. */
  readonly deriver: StorePath | undefined;
  /** `NAME:SIGNATURE` each. */
  readonly signatures: readonly string[];
  /** What the path's name was made from, such as `fixed:r:sha256:…`; undefined where that is a derivation. */
  readonly contentAddress: string | undefined;
  /** When it came into the store, in seconds since the epoch. */
  readonly registeredAt: number;
}

/** How to ask the store; see {@link closureInfo}. */
export interface PathInfoOptions {
  readonly signal?: AbortSignal;
  /** The store to ask; the local one unless given. */
  readonly storeUri?: string;
  /** Variables that the question alone needs: NIX_SSHOPTS for a store behind ssh. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Milliseconds for the question.
   *
   * @default 120000
   */
  readonly timeoutMs?: number;
}

/**
 * The paths and all that they refer to, each once, sorted by path.
 *
 * @throws FlurryError FLURRY_STORE_PATH_INVALID when one of the paths is not in the store; FLURRY_NIX_NOT_FOUND,
 * FLURRY_NIX_OUTPUT_INVALID, FLURRY_TIMEOUT, FLURRY_ABORTED
 */
export async function closureInfo(
  paths: readonly StorePath[],
  context: NixContext,
  options: PathInfoOptions = {},
): Promise<readonly PathInfo[]> {
  if (paths.length === 0) return [];
  const output = await ask(["--recursive"], paths, { context, options });
  if (output.exitCode !== 0)
    throw nixError(output, { code: "FLURRY_STORE_PATH_INVALID", what: "reading a closure", remote: isRemote(options) });
  const infos = parsePathInfo(output.stdout);
  const missing = paths.find((path) => !infos.has(path));
  if (missing !== undefined)
    throw new FlurryError("FLURRY_STORE_PATH_INVALID", `${missing} is not in the store`, {
      hint: "Build it first; it may have been collected as garbage.",
    });
  return [...infos.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** How to ask for paths that may not be there; see {@link pathInfos}. */
export interface PathInfosOptions extends PathInfoOptions {
  /**
   * The paths are derivations, and it is they that are asked for: older versions else take them for their outputs.
   *
   * @default false
   */
  readonly derivations?: boolean;
}

/** Those of the paths that are in the store. Nothing is fetched or built for it. */
export async function pathInfos(
  paths: readonly StorePath[],
  context: NixContext,
  options: PathInfosOptions = {},
): Promise<ReadonlyMap<StorePath, PathInfo>> {
  if (paths.length === 0) return new Map();
  const output = await ask(options.derivations === true ? ["--derivation"] : [], paths, { context, options });
  if (output.exitCode === 0) return parsePathInfo(output.stdout);
  // One that is not there is an error for all of them in some versions; halves find it in few questions.
  if (paths.length > 1) {
    const middle = Math.ceil(paths.length / 2);
    const first = await pathInfos(paths.slice(0, middle), context, options);
    return new Map([...first, ...(await pathInfos(paths.slice(middle), context, options))]);
  }
  const error = nixError(output, { code: "FLURRY_PROCESS_FAILED", what: "asking the store" });
  if (/is not valid|not valid in the Nix store|no substituter|does not exist/.test(error.message)) return new Map();
  throw error;
}

async function ask(
  flags: readonly string[],
  paths: readonly StorePath[],
  { context, options }: { readonly context: NixContext; readonly options: PathInfoOptions },
): Promise<NixOutput> {
  const version = await knownNixVersion(context, options);
  const { timeoutMs = 120_000, storeUri, env = {} } = options;
  const args = [
    ...pathInfoJsonFlags(version),
    ...flags,
    ...(storeUri === undefined ? [] : ["--store", storeUri]),
    // What is not in the store must not be looked for in binary caches.
    "--option",
    "substituters",
    "",
    "--",
    ...paths,
  ];
  return runNix(context, { command: ["path-info"], args, what: "asking the store", timeoutMs, env }, options);
}

const info = z.looseObject({
  narSize: z.number(),
  narHash: z.string().optional().catch(undefined),
  references: z.array(z.string()).catch([]),
});
const origin = z.looseObject({
  deriver: z
    .string()
    .refine((text): text is StorePath => isStorePath(text))
    .nullish(),
  signatures: z.array(z.string()).default([]),
  ca: z.string().nullish(),
  registrationTime: z.number().int().positive(),
});
const shapes = z.union([
  z.array(z.looseObject({ path: z.string() })),
  // From 2.33 on, in the second format.
  z.looseObject({ storeDir: z.string(), info: z.record(z.string(), z.unknown()) }),
  z.record(z.string(), z.unknown()),
]);

/**
 * Reads `nix path-info --json`: a list until 2.18, an object by path since 2.19, the same under `info` with base names
 * in the second format of 2.33. Paths that are not valid are left out.
 */
export function parsePathInfo(text: string): ReadonlyMap<StorePath, PathInfo> {
  return new Map(
    pathInfoEntries(text).flatMap(([path, value]) => {
      const parsed = info.safeParse(value);
      if (!parsed.success || !isStorePath(path)) return [];
      const { narSize, narHash } = parsed.data;
      const references = parsed.data.references.filter(isStorePath);
      const came = originOf(value);
      const known = { path: storePath(path), narSize, references, ...(came === undefined ? {} : { origin: came }) };
      return [[path, narHash === undefined ? known : { ...known, narHash }] as const];
    }),
  );
}

function originOf(value: unknown): PathOrigin | undefined {
  const parsed = origin.safeParse(value);
  if (!parsed.success) return undefined;
  const { deriver, signatures, ca, registrationTime } = parsed.data;
  return {
    deriver: deriver ?? undefined,
    signatures,
    contentAddress: ca ?? undefined,
    registeredAt: registrationTime,
  };
}

/** The paths of `nix path-info --json` in whichever shape, with what is told of each. */
export function pathInfoEntries(text: string): readonly (readonly [path: string, info: unknown])[] {
  const data = parseNixJson(shapes, text, "asking the store");
  if (Array.isArray(data)) return data.map((entry) => [entry.path, entry] as const);
  if (!isNested(data)) return Object.entries(data);
  return Object.entries(data.info).map(([name, value]) => [`${data.storeDir}/${name}`, value] as const);
}

function isNested(data: object): data is { storeDir: string; info: Record<string, unknown> } {
  return "info" in data && "storeDir" in data;
}

function isRemote({ storeUri }: PathInfoOptions): boolean {
  return storeUri?.startsWith("ssh") === true;
}
