import { FlurryError } from "@flurry/core";
import type { PolicyFile } from "@flurry/secrets";

import type { OpenPolicy } from "./open-policy.ts";
import type { SecretsSession } from "./session.ts";

/** What of {@link OpenPolicy} it takes to speak of files. */
type Names = Pick<OpenPolicy, "name" | "pathOf"> & { readonly loaded: { readonly policy: PolicySource } };
type PolicySource = Pick<OpenPolicy["loaded"]["policy"], "source">;

/**
 * Refuses what the user named and nothing can be done with: a file that is not there, is not encrypted, cannot be read or
 * that no rule covers. In a folder such files are nobody's mistake.
 *
 * @throws FlurryError FLURRY_SECRETS_FILE_NOT_FOUND, FLURRY_SECRETS_WRITE_REFUSED, FLURRY_SOPS_NOT_ENCRYPTED,
 * FLURRY_POLICY_NO_RULE, and what is wrong with a file that cannot be read
 */
export function refuseOthers(files: readonly PolicyFile[], names: readonly string[], open: Names): void {
  const named = new Set(names.map(open.pathOf));
  for (const file of files) if (named.has(file.path)) refuseOther(file, open);
}

/** Says of files that a rule is for that they cannot be read: whatever is done is done without them. */
export function tellUnreadable(
  files: readonly PolicyFile[],
  { name }: Pick<OpenPolicy, "name">,
  { warn }: Pick<SecretsSession, "warn">,
): void {
  for (const { path, file, rule } of files)
    if (file.kind === "unreadable" && rule !== undefined)
      warn(`${name(path)} is left as it is, for it cannot be read: ${file.error.message}`);
}

function refuseOther({ path, file, rule }: PolicyFile, { name, loaded: { policy } }: Names): void {
  const shown = name(path);
  const place = { file: shown };
  switch (file.kind) {
    case "absent":
      throw notFound(shown);
    case "link":
      throw new FlurryError(
        "FLURRY_SECRETS_WRITE_REFUSED",
        `${shown} is a link; secrets are never written through one`,
        {
          place,
          hint: "Name the file that it points to.",
        },
      );
    case "unreadable":
      throw new FlurryError(file.error.code, file.error.message, {
        cause: file.error,
        place: { ...file.error.place, file: shown },
        ...(file.error.hint === undefined ? {} : { hint: file.error.hint }),
      });
    case "plain":
      throw new FlurryError("FLURRY_SOPS_NOT_ENCRYPTED", `${shown} is not encrypted`, {
        place,
        ...(rule === undefined ? {} : { hint: `flurry secrets encrypt --in-place ${shown}` }),
      });
    case "sops":
    case "age":
      if (rule === undefined)
        throw new FlurryError("FLURRY_POLICY_NO_RULE", `No rule of ${policy.source.file} covers ${shown}`, {
          place,
          hint: "Say who may read it.",
        });
  }
}

/** @throws FlurryError FLURRY_SECRETS_FILE_NOT_FOUND for a file that the user named and that is not there */
export function refuseAbsent(files: readonly PolicyFile[], names: readonly string[], open: Names): void {
  const named = new Set(names.map(open.pathOf));
  const absent = files.find(({ path, file }) => file.kind === "absent" && named.has(path));
  if (absent !== undefined) throw notFound(open.name(absent.path));
}

function notFound(shown: string): FlurryError {
  return new FlurryError("FLURRY_SECRETS_FILE_NOT_FOUND", `There is no file ${shown}`, { place: { file: shown } });
}
