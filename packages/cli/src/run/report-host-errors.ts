import type { FlurryErrorJson } from "@flurry/core";

import type { Output } from "../output.ts";
import { renderError } from "../renderers/error.ts";

/** Tells in full what hosts failed with, for faces that showed only a line of it. */
export function reportHostErrors(errors: readonly FlurryErrorJson[], output: Output): void {
  const { progressColors: colors, verbose } = output;
  for (const error of errors) output.stderr.write(`${renderError(error, { colors, verbose })}\n\n`);
}
