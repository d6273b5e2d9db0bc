import { FlurryError } from "@flurry/core";

import { errorText } from "../process/error-text.ts";
import type { NixOutput } from "../process/nix-command.ts";
import { nixError } from "../process/nix-error.ts";

const notFound =
  /could not find a flake\.nix|does not contain a '?\S*flake\.nix'?|is not a flake|getting status of ['"]|Path 'flake\.nix' in the repository .* is not tracked by Git|path '[^']*' does not exist|is not part of a flake|(?:source tree|directory) .* does not contain/i;

/** Why a flake could not be read: there is none, or there is and it is broken. */
export function flakeFailure(output: NixOutput, ref: string): FlurryError {
  const text = errorText(output);
  if (text !== undefined && notFound.test(text.message) && !isAboutFile(text.message))
    return new FlurryError("FLURRY_FLAKE_NOT_FOUND", `there is no flake at ${ref}: ${text.message}`, {
      hint: "Run the command where flake.nix is, or name the flake. A new flake.nix in a git repository must be added: git add -N flake.nix",
      details: [...output.otherLines, text.details].join("\n"),
    });
  const error = nixError(output, { code: "FLURRY_FLAKE_INVALID", what: `reading the flake ${ref}` });
  const place = text?.positions[0];
  if (place === undefined || error.place !== undefined) return error;
  // The source has no LockedFlake yet, so its path in the store is all there is to recognise it by.
  const inside = /^\/nix\/store\/[^/]+\/(.*)$/.exec(place.file)?.[1] ?? place.file;
  return FlurryError.fromJSON({ ...error.toJSON(), place: { file: inside, line: place.line, column: place.column } });
}

/** True when what is missing is a file that the flake names, not the flake. */
function isAboutFile(message: string): boolean {
  return /'\/nix\/store\/[^/']+\/(?!flake\.nix')[^']+'/.test(message);
}
