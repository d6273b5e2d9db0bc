import { isAtLeast, knownNixVersion } from "../process/capabilities.ts";
import { runNix } from "../process/nix-command.ts";
import type { NixContext } from "../process/nix-context.ts";
import { nixError } from "../process/nix-error.ts";

/** How to lock or update; see {@link updateLockFile} and {@link completeLockFile}. */
export interface UpdateLockOptions {
  readonly signal?: AbortSignal;
  /**
   * Milliseconds that fetching may take.
   *
   * @default 600000
   */
  readonly timeoutMs?: number;
}

/**
 * Writes the flake.lock of a flake anew with later versions of inputs.
 *
 * @param directory - the directory of the flake.nix
 * @param inputs - the names of inputs of the flake; none means all of them
 * @throws FlurryError FLURRY_FLAKE_INVALID when an input cannot be fetched, FLURRY_NIX_NOT_FOUND, FLURRY_TIMEOUT, FLURRY_ABORTED
 */
export async function updateLockFile(
  directory: string,
  inputs: readonly string[],
  context: NixContext,
  options: UpdateLockOptions = {},
): Promise<void> {
  const what = inputs.length === 0 ? "updating all inputs" : `updating ${inputs.join(", ")}`;
  const version = await knownNixVersion(context, options);
  const isNew = version !== undefined && isAtLeast(version, 2, 19);
  const call =
    inputs.length === 0
      ? { command: ["flake", "update"], args: [] }
      : isNew
        ? { command: ["flake", "update"], args: [...inputs] }
        : { command: ["flake", "lock"], args: inputs.flatMap((input) => ["--update-input", input]) };
  const { timeoutMs = 600_000 } = options;
  const output = await runNix({ ...context, cwd: directory }, { ...call, what, timeoutMs }, options);
  if (output.exitCode !== 0) throw nixError(output, { code: "FLURRY_FLAKE_INVALID", what });
}

/**
 * Writes what the flake.lock of a flake lacks, or all of it, and leaves what it pins already.
 *
 * @param directory - the directory of the flake.nix
 * @throws FlurryError FLURRY_FLAKE_INVALID when an input cannot be fetched, FLURRY_NIX_NOT_FOUND, FLURRY_TIMEOUT, FLURRY_ABORTED
 */
export async function completeLockFile(
  directory: string,
  context: NixContext,
  options: UpdateLockOptions = {},
): Promise<void> {
  const what = "locking the inputs of the flake";
  const { timeoutMs = 600_000 } = options;
  const call = { command: ["flake", "lock"], args: [], what, timeoutMs };
  const output = await runNix({ ...context, cwd: directory }, call, options);
  if (output.exitCode !== 0) throw nixError(output, { code: "FLURRY_FLAKE_INVALID", what });
}
