import { runProcess } from "@flurry/core";

import type { NixContext } from "../process/nix-context.ts";

/**
 * Nix files in a git repository that git does not know of and nix therefore leaves out, relative to its top.
 * Empty when git is missing or fails: this is advice.
 */
export async function untrackedNixFiles(
  directory: string,
  { env }: NixContext,
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  const args = ["-C", directory, "ls-files", "-z", "--others", "--exclude-standard", "--", "*.nix"];
  try {
    const { exitCode, stdout } = await runProcess("git", args, {
      env,
      timeoutMs: 20_000,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return exitCode === 0 ? stdout.split("\0").filter((file) => file !== "") : [];
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    return [];
  }
}
