import type { FlurryErrorCode } from "@flurry/core";
// Without the rest of the package: `flurry eval` has no use for it.
import { exitCodeOfError, exitCodes } from "@flurry/deploy/exit-code";

/** The exit code of a command whose hosts failed in these ways: none is success, several classes are `mixed`. */
export function exitCodeOfErrors(codes: readonly FlurryErrorCode[]): number {
  const classes = new Set(codes.map(exitCodeOfError));
  if (classes.has(exitCodes.interrupted)) return exitCodes.interrupted;
  if (classes.size > 1) return exitCodes.mixed;
  return [...classes][0] ?? exitCodes.ok;
}
