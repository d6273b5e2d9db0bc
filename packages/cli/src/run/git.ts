import { FlurryError } from "@flurry/core";

import type { Services } from "../services.ts";

/** Where and with what git is run. */
export interface GitParts {
  readonly services: Pick<Services, "runProcess">;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

const timeoutMs = 60_000;

/** Runs git in a directory: what it printed without the last line's end, or undefined when it failed. */
export async function tryGit(
  cwd: string,
  args: readonly string[],
  { services, env, signal }: GitParts,
): Promise<string | undefined> {
  const { exitCode, stdout } = await services.runProcess("git", args, { cwd, env, signal, timeoutMs });
  return exitCode === 0 ? stdout.replace(/\n$/, "") : undefined;
}

/**
 * Runs git in a directory.
 *
 * @returns what it printed, without the last line's end
 * @throws FlurryError FLURRY_PROCESS_FAILED with what git said
 */
export async function git(cwd: string, args: readonly string[], parts: GitParts): Promise<string> {
  const { services, env, signal } = parts;
  const { exitCode, stdout, stderr } = await services.runProcess("git", args, { cwd, env, signal, timeoutMs });
  if (exitCode === 0) return stdout.replace(/\n$/, "");
  throw new FlurryError("FLURRY_PROCESS_FAILED", `git ${args[0] ?? ""} failed: ${stderr.trim().split("\n")[0] ?? ""}`, {
    details: stderr,
  });
}
