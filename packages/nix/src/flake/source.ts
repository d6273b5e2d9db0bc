import { existsSync } from "node:fs";

import { FlurryError, storePath } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import * as z from "zod";

import { knownNixVersion } from "../process/capabilities.ts";
import { parseNixJson } from "../process/json-output.ts";
import { runNix } from "../process/nix-command.ts";
import type { NixContext } from "../process/nix-context.ts";
import { nixError } from "../process/nix-error.ts";
import { prepareNixSettings } from "../process/nix-settings.ts";
import { pathInfos } from "../store/path-info.ts";
import { flakeFailure } from "./flake-failure.ts";
import type { LockedFlake } from "./locked-flake.ts";
import { lockedRef } from "./locked-ref.ts";
import { metadataCall } from "./metadata-call.ts";
import { directoryInputs, flakeMetadata, sourceDirectory } from "./metadata.ts";
import type { FlakeMetadata } from "./metadata.ts";
import { portableReference } from "./portable-reference.ts";
import { sourceInfoOf } from "./source-info.ts";
import { untrackedNixFiles } from "./untracked.ts";

/** How to lock a flake; see {@link lockFlake}. */
export interface LockFlakeOptions {
  readonly signal?: AbortSignal;
  /**
   * Milliseconds for fetching and copying the source.
   *
   * @default 600000
   */
  readonly timeoutMs?: number;
}

/**
 * Resolves a flake reference once, so that all that follows reads one and the same source from the store.
 * Like every command of nix it completes a missing flake.lock.
 *
 * @param ref - what `nix` takes: `.`, `/path`, `path:/path`, `git+file:///path?dir=sub`, `github:owner/repo`
 * @throws FlurryError FLURRY_FLAKE_NOT_FOUND, FLURRY_FLAKE_INVALID, FLURRY_NIX_NOT_FOUND, FLURRY_NIX_OUTPUT_INVALID,
 * FLURRY_TIMEOUT, FLURRY_ABORTED
 */
export async function lockFlake(
  ref: string,
  context: NixContext,
  options: LockFlakeOptions = {},
): Promise<LockedFlake> {
  // Whoever asks the store for the source will want to know the version, and who evaluates it the settings.
  const endPreparation = prepareNixSettings(context, options.signal === undefined ? {} : { signal: options.signal });
  try {
    return await lock(ref, context, options);
  } catch (error) {
    await endPreparation();
    throw error;
  }
}

async function lock(ref: string, context: NixContext, options: LockFlakeOptions): Promise<LockedFlake> {
  const portable = portableReference(ref, context.cwd);
  const place = { ...context, cwd: portable.cwd };
  const { metadata, warnings } = await readMetadata(portable.ref, place, options);
  const directory = sourceDirectory(metadata, place.cwd);
  const isGit = metadata.resolved.type === "git";
  const [source, untracked] = await Promise.all([
    ensureInStore(portable.ref, metadata, { context, place }, options),
    isGit && directory !== undefined ? untrackedWarnings(directory, context, options) : [],
  ]);
  const revision = metadata.revision ?? metadata.locked.rev;
  const revisionCount = metadata.revCount ?? metadata.locked.revCount;
  const subdirectory = metadata.locked.dir;
  const { lastModified } = metadata;
  const known = {
    ...source,
    ...(subdirectory === undefined ? {} : { subdirectory }),
    ...(revision === undefined ? {} : { revision }),
    ...(revisionCount === undefined ? {} : { revisionCount }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
  return {
    original: ref,
    lockedRef: lockedRef(known),
    ...known,
    sourceInfo: sourceInfoOf({ ...metadata.locked, narHash: source.narHash }),
    dirty: isGit && revision === undefined,
    ...(directory === undefined ? {} : { directory }),
    warnings: [
      ...warnings,
      ...untracked,
      ...directoryInputs(metadata).map(
        (name) => `the input ${name} is a directory of this machine, which newer versions of Nix copy at every command`,
      ),
    ],
  };
}

interface ReadMetadata {
  readonly metadata: FlakeMetadata;
  readonly warnings: readonly string[];
}

async function readMetadata(ref: string, context: NixContext, options: LockFlakeOptions): Promise<ReadMetadata> {
  const first = await askMetadata(ref, context, options);
  if (!first.warnings.some((line) => /^(?:creating|updating) lock file/.test(line))) return first;
  // The source was copied before its lock file was written.
  const { metadata, warnings } = await askMetadata(ref, context, options);
  return { metadata, warnings: [...new Set([...first.warnings, ...warnings])] };
}

async function askMetadata(ref: string, context: NixContext, options: LockFlakeOptions): Promise<ReadMetadata> {
  const what = `reading the flake ${ref}`;
  const call = { ...metadataCall(ref), what, timeoutMs: timeout(options) };
  const output = await runNix(context, call, options);
  if (output.exitCode !== 0) throw flakeFailure(output, ref);
  return { metadata: parseNixJson(flakeMetadata, output.stdout, what), warnings: output.warnings };
}

const archived = z.looseObject({ path: z.string() });

/** Metadata need not mean that the source is in the store: with lazy trees it is only copied when something asks for it. */
async function ensureInStore(
  ref: string,
  metadata: FlakeMetadata,
  { context, place }: { readonly context: NixContext; readonly place: NixContext },
  options: LockFlakeOptions,
): Promise<{ storePath: StorePath; narHash: string }> {
  const { narHash } = metadata.locked;
  if (metadata.path !== undefined) {
    const path = storePath(metadata.path);
    if (narHash !== undefined && (await copiesAtOnce(context, options)) && existsSync(path))
      return { storePath: path, narHash };
    const info = (await pathInfos([path], context, options)).get(path);
    const hash = narHash ?? info?.narHash;
    if (info !== undefined && hash !== undefined) return { storePath: path, narHash: hash };
  }
  const what = `copying the flake ${ref} to the store`;
  const call = { command: ["flake", "archive"], args: ["--json", "--", ref], what, timeoutMs: timeout(options) };
  const output = await runNix(place, call, options);
  if (output.exitCode !== 0) throw nixError(output, { code: "FLURRY_FLAKE_INVALID", what });
  const path = storePath(parseNixJson(archived, output.stdout, what).path);
  const hash = narHash ?? (await pathInfos([path], context, options)).get(path)?.narHash;
  if (hash === undefined)
    throw new FlurryError("FLURRY_NIX_OUTPUT_INVALID", `nix archived ${ref}, but ${path} is not in the store`);
  return { storePath: path, narHash: hash };
}

/** Nix and Lix have the source in the store, valid, before they say where it is; that spares asking the store for it. */
async function copiesAtOnce(context: NixContext, options: LockFlakeOptions): Promise<boolean> {
  const { implementation } = await knownNixVersion(context, options);
  return implementation === "nix" || implementation === "lix";
}

async function untrackedWarnings(
  directory: string,
  context: NixContext,
  options: LockFlakeOptions,
): Promise<readonly string[]> {
  const files = await untrackedNixFiles(directory, context, options);
  return files.map((file) => `${file} is not tracked by git, so Nix does not see it: git add -N ${file}`);
}

function timeout({ timeoutMs = 600_000 }: LockFlakeOptions): number {
  return timeoutMs;
}
