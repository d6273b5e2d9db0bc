import type { FlurryError } from "@flurry/core";

import type { Output } from "./output.ts";
import { renderError } from "./renderers/error.ts";
import { schemaVersion } from "./renderers/json-document.ts";

/** Tells what a whole command failed with and returns its exit code. */
export async function reportError(error: FlurryError, output: Output): Promise<number> {
  // The usage of a command is answered without the weight of the engine.
  const exitCode = error.code === "FLURRY_USAGE" ? 2 : (await import("@flurry/deploy")).exitCodeOfError(error.code);
  const { progressColors: colors, verbose } = output;
  output.stderr.write(`${renderError(error.toJSON(), { colors, verbose })}\n`);
  if (verbose && error.code === "FLURRY_INTERNAL" && error.cause instanceof Error)
    output.stderr.write(`${error.cause.stack ?? ""}\n`);
  if (output.json)
    output.stdout.write(`${JSON.stringify({ kind: "error", schemaVersion, exitCode, error: error.toJSON() })}\n`);
  return exitCode;
}
