import { FlurryError } from "@flurry/core";
import type * as z from "zod";

/**
 * Reads what nix printed as JSON.
 *
 * @throws FlurryError FLURRY_NIX_OUTPUT_INVALID when it is none or of another shape
 */
export function parseNixJson<T>(schema: z.ZodType<T>, text: string, what: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(what, text, cause);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw invalid(what, text, parsed.error);
  return parsed.data;
}

function invalid(what: string, text: string, cause: unknown): FlurryError {
  const shown = text.trim() === "" ? "nothing" : JSON.stringify(text.slice(0, 200));
  return new FlurryError("FLURRY_NIX_OUTPUT_INVALID", `nix printed something unexpected while ${what}: ${shown}`, {
    cause,
    hint: "Check that `nix` on your PATH is Nix itself: nix --version",
    details: text.slice(0, 10_000),
  });
}
