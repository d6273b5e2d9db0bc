import { FlurryError } from "@flurry/core";
import type { FlurryErrorCode } from "@flurry/core";

import type { GlobalFlags } from "../command-line/global-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { outputFor } from "../output.ts";
import { reportError } from "../report-error.ts";
import { listenForInterruption } from "./interruption.ts";
import type { Interruption } from "./interruption.ts";

/**
 * Runs a command's body: listens to signals, tells its error, and hands on its exit code.
 *
 * @param exitCodeOf - exit codes of errors where a command has its own
 */
export async function guarded(
  scope: CommandScope,
  flags: GlobalFlags,
  body: (interruption: Interruption) => Promise<number>,
  exitCodeOf?: (code: FlurryErrorCode) => number | undefined,
): Promise<void> {
  using interruption = listenForInterruption(scope.cli);
  try {
    scope.exit(await body(interruption));
  } catch (thrown) {
    const aborted: unknown = interruption.signal.aborted ? interruption.signal.reason : undefined;
    scope.exit(await reportError(FlurryError.from(aborted ?? thrown), outputFor(scope.cli, flags), exitCodeOf));
  }
}
