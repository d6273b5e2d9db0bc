import { readFile } from "node:fs/promises";

import { atomicWrite, drvPath, FlurryError, storePath } from "@flurry/core";
import * as z from "zod";

import { flakeExpression } from "../flake/flake-expression.ts";
import type { LockedFlake } from "../flake/locked-flake.ts";
import { derivationOutputs, knownNixVersion } from "../process/capabilities.ts";
import { parseNixJson } from "../process/json-output.ts";
import { runNix } from "../process/nix-command.ts";
import type { NixContext } from "../process/nix-context.ts";
import { nixError } from "../process/nix-error.ts";
import { nixSettings } from "../process/nix-settings.ts";
import { nixString } from "../process/nix-string.ts";
import { builtRecorderFile, recorderFlags, recorderSource } from "./recorder-libraries.ts";
import { recorderWorks } from "./recorder.ts";
import type { Recorder } from "./recorder.ts";

/** How to build a recorder; see {@link buildRecorder}. */
export interface BuildRecorderOptions {
  readonly signal?: AbortSignal;
  /**
   * The input of the flake that has the compiler.
   *
   * @default "nixpkgs"
   */
  readonly input?: string;
  /**
   * Milliseconds for the build, which may have to fetch a compiler.
   *
   * @default 1800000
   */
  readonly timeoutMs?: number;
}

/**
 * Compiles the recorder by the C compiler of a flake's nixpkgs, for machines that no prebuilt one fits. The library is kept
 * in the cache directory, where `findRecorder` looks for it from then on.
 *
 * @throws FlurryError FLURRY_RECORDER_UNFIT when nix cannot be seen by it either; FLURRY_FLAKE_INVALID when the flake has no
 * such input; FLURRY_BUILD_FAILED; what `runNix` throws
 */
export async function buildRecorder(
  flake: LockedFlake,
  context: NixContext,
  options: BuildRecorderOptions = {},
): Promise<Recorder> {
  const { input = "nixpkgs", timeoutMs = 1_800_000, signal } = options;
  const file = await builtRecorderFile(context.env);
  if (file === undefined)
    throw new FlurryError("FLURRY_RECORDER_UNFIT", "there is no place for the recorder", {
      hint: "set HOME or XDG_CACHE_HOME",
    });
  const version = await knownNixVersion(context, options);
  const what = "building the recorder";
  const expression = await recorderExpression(flakeExpression(flake, version), {
    input,
    system: await currentSystem(context, options),
  });
  const evaluate = { command: ["eval"], args: ["--json", "--no-eval-cache", "--expr", expression], what, timeoutMs };
  const evaluated = await runNix(context, evaluate, options);
  if (evaluated.exitCode !== 0) throw nixError(evaluated, { code: "FLURRY_FLAKE_INVALID", what, source: flake });
  const { drv, out } = parseNixJson(derivation, evaluated.stdout, what);
  const build = { command: ["build"], args: ["--no-link", derivationOutputs(version, drvPath(drv))], what, timeoutMs };
  const built = await runNix(context, build, options);
  if (built.exitCode !== 0) throw nixError(built, { code: "FLURRY_BUILD_FAILED", what });
  await atomicWrite(file, await readFile(storePath(out)), { mode: 0o755 });
  const recorder = { kind: "preload", library: file } as const;
  if (await recorderWorks(recorder, context, signal === undefined ? {} : { signal })) return recorder;
  throw new FlurryError("FLURRY_RECORDER_UNFIT", "the recorder was built, but does not see what nix reads", {
    hint: "A static nix cannot be watched this way; strace would do: install it.",
  });
}

const derivation = z.object({ drv: z.string(), out: z.string() });

async function currentSystem(context: NixContext, options: BuildRecorderOptions): Promise<string> {
  const value = (await nixSettings(context, options.signal === undefined ? {} : { signal: options.signal }))["system"];
  if (typeof value?.value === "string") return value.value;
  throw new FlurryError("FLURRY_NIX_OUTPUT_INVALID", "nix does not say for which system it builds");
}

/** An expression for the derivation and the output of the library. */
async function recorderExpression(
  flake: string,
  { input, system }: { readonly input: string; readonly system: string },
): Promise<string> {
  const source = await readFile(recorderSource, "utf8");
  // A compiler that is newer than ours may have warnings that ours has not.
  const flags = (await readFile(recorderFlags, "utf8"))
    .split(/\s+/)
    .filter((flag) => flag !== "" && flag !== "-Werror");
  const script = [
    // A C library that has nothing but its name: the result asks for no version of any.
    "$CC -shared -nostdlib -Wl,-soname,libc.so.6 -x c /dev/null -o libc.so",
    `$CC ${flags.join(" ")} "$recorder" libc.so -o "$out"`,
  ].join("\n");
  return `
let
  flake = ${flake};
  system = ${nixString(system)};
  input = ${nixString(input)};
  nixpkgs = flake.inputs.\${input} or (throw "the flake has no input \${input} to take a C compiler from");
  pkgs = nixpkgs.legacyPackages.\${system} or (import nixpkgs { inherit system; });
  library = pkgs.runCommandCC "flurry-recorder.so" {
    recorder = builtins.toFile "recorder.c" ${nixString(source)};
    hardeningDisable = [ "all" ];
  } ${nixString(script)};
in { drv = library.drvPath; out = library.outPath; }`;
}
