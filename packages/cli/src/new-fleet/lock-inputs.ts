import { FlurryError } from "@flurry/core";

import type { CliContext } from "../context.ts";
import type { Git } from "../fleet-repository/git.ts";
import type { Output } from "../output.ts";
import { plainLine } from "../renderers/plain-text.ts";
import type { Services } from "../services.ts";

/** What locking the inputs of a new fleet needs. */
export interface LockInputsRequest {
  readonly directory: string;
  readonly env: CliContext["env"];
  readonly services: Pick<Services, "completeLockFile">;
  readonly git: Pick<Git, "add">;
  readonly output: Output;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Pins the inputs of a new flake, so that its first commit says what it is made of. Without a network or Nix it can be done
 * later, and every command of Nix does it by itself.
 *
 * @returns whether flake.lock was written
 * @throws FlurryError FLURRY_ABORTED, FLURRY_PROCESS_FAILED when git fails
 */
export async function lockInputs(request: LockInputsRequest): Promise<boolean> {
  const { directory, env, services, git, output, warn, signal } = request;
  if (output.stderr.isTTY && !output.json) output.stderr.write("looking up the inputs of the flake …\n");
  try {
    await services.completeLockFile(directory, { cwd: directory, env }, { signal });
  } catch (error) {
    if (signal.aborted || !FlurryError.is(error)) throw error;
    warn(`there is no flake.lock yet: ${plainLine(error.message)}`);
    return false;
  }
  await git.add(["flake.lock"]);
  return true;
}
