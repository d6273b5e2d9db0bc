import { FlurryError } from "@flurry/core";

/** An error for data that has no counterpart in the Nix language. */
export function valueError(message: string, hint?: string): FlurryError {
  return new FlurryError("FLURRY_NIX_VALUE_INVALID", message, hint === undefined ? {} : { hint });
}

/** An error for a tree or a template that would not be Nix code. */
export function syntaxError(message: string, hint?: string): FlurryError {
  return new FlurryError("FLURRY_NIX_SYNTAX_INVALID", message, hint === undefined ? {} : { hint });
}
