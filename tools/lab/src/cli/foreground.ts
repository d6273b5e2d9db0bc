import { spawn } from "node:child_process";
import { constants } from "node:os";

/** Runs a command on this terminal and returns its exit code, 128 + N for a signal. */
export async function runInForeground(
  commandLine: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const [file, ...args] = commandLine;
  // Not through runProcess: the command owns the terminal, and Ctrl-C reaches it by itself.
  const child = spawn(file, args, { stdio: "inherit", env });
  const ignore = (): void => {};
  process.on("SIGINT", ignore);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    process.off("SIGINT", ignore);
  }
}
