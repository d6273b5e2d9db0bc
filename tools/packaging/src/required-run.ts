import { FlurryError, runProcess } from "@flurry/core";
import type { ProcessResult, RunProcessOptions } from "@flurry/core";

/**
 * Runs a program that has to end well.
 *
 * @throws FlurryError FLURRY_PROCESS_FAILED with all that it printed, and those of `runProcess`
 */
export async function requiredRun(
  file: string,
  args: readonly string[],
  options: RunProcessOptions = {},
): Promise<ProcessResult> {
  const result = await runProcess(file, args, options);
  if (result.exitCode === 0) return result;
  const said = `${result.stdout}\n${result.stderr}`.trim();
  throw new FlurryError(
    "FLURRY_PROCESS_FAILED",
    `${[file, ...args].join(" ")} ended with ${result.exitCode ?? result.signal}:\n${said}`,
  );
}
