import type { FlurryError, FlurryErrorCode } from "@flurry/core";

import type { Output } from "./output.ts";
import { renderError } from "./renderers/error.ts";
import { schemaVersion } from "./renderers/json-document.ts";

/**
 * Tells what a whole command failed with and returns its exit code.
 *
 * @param exitCodeOf - exit codes of errors where the command has its own
 */
export async function reportError(
  error: FlurryError,
  output: Output,
  exitCodeOf: (code: FlurryErrorCode) => number | undefined = () => undefined,
): Promise<number> {
  // The usage of a command is answered without the weight of the engine.
  const own = error.code === "FLURRY_USAGE" ? 2 : exitCodeOf(error.code);
  const exitCode = own ?? (await import("@flurry/deploy/exit-code")).exitCodeOfError(error.code);
  const { progressColors: colors, verbose } = output;
  output.stderr.write(`${renderError(error.toJSON(), { colors, verbose })}\n`);
  if (verbose && error.code === "FLURRY_INTERNAL" && error.cause instanceof Error)
    output.stderr.write(`${error.cause.stack ?? ""}\n`);
  if (output.json)
    output.stdout.write(`${JSON.stringify({ kind: "error", schemaVersion, exitCode, error: error.toJSON() })}\n`);
  return exitCode;
}
