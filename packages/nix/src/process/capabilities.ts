import { FlurryError } from "@flurry/core";

import { runNix } from "./nix-command.ts";
import type { NixContext } from "./nix-context.ts";

/** Which nix is installed. */
export interface NixVersion {
  readonly implementation: "nix" | "lix" | "determinate" | "unknown";
  /** The version of Nix whose commands it has: `[2, 8, 0]`. Lix counts on from 2.90. */
  readonly numbers: readonly [major: number, minor: number, patch: number];
  /** What `nix --version` printed. */
  readonly text: string;
}

/** Reads the output of `nix --version`; undefined when there is no version in it. */
export function parseNixVersion(text: string): NixVersion | undefined {
  const line = text.trim().split("\n").at(-1) ?? "";
  // `nix (Nix) 2.8.0`, `nix (Nix) 2.4pre20210823_af94b54`, `nix (Lix, like Nix) 2.91.1`, `nix (Determinate Nix 3.8.5) 2.30.1`
  const match = /(?:^|\s)(\d+)\.(\d+)(?:\.(\d+))?[^\s)]*\s*$/.exec(line);
  if (match === null) return undefined;
  const [, major, minor, patch] = match;
  return {
    implementation: implementation(line),
    numbers: [Number(major), Number(minor), Number(patch ?? 0)],
    text: line,
  };
}

function implementation(line: string): NixVersion["implementation"] {
  if (/\(Lix\b/.test(line)) return "lix";
  if (/\(Determinate Nix\b/.test(line)) return "determinate";
  if (/\(Nix\)/.test(line)) return "nix";
  return "unknown";
}

/** True when the version is `major.minor` or newer. */
export function isAtLeast(version: NixVersion, major: number, minor: number): boolean {
  const [ownMajor, ownMinor] = version.numbers;
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/**
 * Asks nix for its version.
 *
 * @throws FlurryError FLURRY_NIX_NOT_FOUND; FLURRY_NIX_TOO_OLD when it has no flakes (before 2.4); FLURRY_NIX_OUTPUT_INVALID
 */
export async function nixVersion(
  context: NixContext,
  options: { readonly signal?: AbortSignal } = {},
): Promise<NixVersion> {
  const call = { command: [], args: ["--version"], what: "asking nix for its version", timeoutMs: 20_000 };
  // The user's extra words belong to subcommands.
  const { stdout } = await runNix({ ...context, extraArgs: [] }, call, options);
  const version = parseNixVersion(stdout);
  if (version === undefined)
    throw new FlurryError(
      "FLURRY_NIX_OUTPUT_INVALID",
      `nix --version printed no version: ${JSON.stringify(stdout.slice(0, 200))}`,
    );
  if (!isAtLeast(version, 2, 4))
    throw new FlurryError("FLURRY_NIX_TOO_OLD", `${version.text} has no flakes`, { hint: "Install Nix 2.8 or newer." });
  return version;
}

const known = new WeakMap<NixContext, Promise<NixVersion>>();

/**
 * The version of a context's nix, asked for once. A question that failed is asked again.
 *
 * @throws FlurryError as {@link nixVersion} does
 */
export async function knownNixVersion(
  context: NixContext,
  options: { readonly signal?: AbortSignal } = {},
): Promise<NixVersion> {
  const before = known.get(context);
  if (before !== undefined) return await before;
  const asked = nixVersion(context, options);
  known.set(context, asked);
  asked.catch(() => known.delete(context));
  return await asked;
}

/**
 * How all outputs of a derivation are asked for on the command line. A bare `.drv` meant its outputs until 2.14 and means
 * the file itself since; `^*` exists since 2.13, and before it was taken for a part of a URL.
 */
export function derivationOutputs(version: NixVersion, drvPath: string): string {
  return isAtLeast(version, 2, 13) ? `${drvPath}^*` : drvPath;
}

/** The flags that make `nix path-info` print the first JSON format. Since 2.33 it wants to be told which; Lix has only one. */
export function pathInfoJsonFlags(version: NixVersion): readonly string[] {
  const hasFormats = version.implementation !== "lix" && isAtLeast(version, 2, 33);
  return hasFormats ? ["--json", "--json-format", "1"] : ["--json"];
}

/** The subcommand that shows the settings; its name changed with 2.20. */
export function settingsCommand(version: NixVersion): readonly string[] {
  return isAtLeast(version, 2, 20) ? ["config", "show"] : ["show-config"];
}
