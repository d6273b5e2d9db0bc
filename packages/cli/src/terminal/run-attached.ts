import { spawn } from "node:child_process";
import { constants } from "node:os";

import { FlurryError } from "@flurry/core";

import type { AttachedOptions, AttachedResult } from "../context.ts";

/**
 * Runs a program on the terminal of this process. It stays in this process' group, as only the foreground group of a
 * terminal may read from it; that is why it is not run like all others.
 *
 * @throws FlurryError FLURRY_PROCESS_NOT_FOUND, FLURRY_PROCESS_FAILED
 */
export async function runAttached(
  file: string,
  args: readonly string[],
  { cwd, env, signal }: AttachedOptions,
): Promise<AttachedResult> {
  signal.throwIfAborted();
  const child = spawn(file, [...args], { cwd, env, stdio: "inherit" });
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  try {
    const [code, ended] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once("error", (cause) => reject(startError(file, cause)));
      child.once("close", (exitCode, by) => resolve([exitCode, by]));
    });
    return { exitCode: code ?? 128 + (ended === null ? 0 : constants.signals[ended]) };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function startError(file: string, cause: NodeJS.ErrnoException): FlurryError {
  return cause.code === "ENOENT"
    ? new FlurryError("FLURRY_PROCESS_NOT_FOUND", `${file} was not found`, {
        cause,
        hint: `Install ${file} or put it on PATH.`,
      })
    : new FlurryError("FLURRY_PROCESS_FAILED", `${file} could not be started: ${cause.message}`, { cause });
}
