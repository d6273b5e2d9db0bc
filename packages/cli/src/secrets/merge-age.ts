import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { decryptAge, isAgeFile, isArmored } from "@flurry/secrets";

import { mergeFile } from "./merge-lines.ts";
import { encryptNewFile, planNewFile } from "./new-file.ts";
import type { SecretsSession } from "./session.ts";

/** The versions of an age file that are to become one. */
export interface AgeVersions {
  /** Empty where both sides made the file. */
  readonly base: Uint8Array;
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array;
  /** The name that they have in the repository. */
  readonly name: string;
}

/**
 * Merges age files by the lines of what is in them, in memory. The result is for whom the policy says: an age file does not
 * tell for whom it is. Lines that both sides changed stand in it with what each made of them, encrypted like the rest.
 *
 * @throws FlurryError FLURRY_SECRETS_MERGE_CONFLICT for what is no text; FLURRY_SECRETS_NO_RECIPIENTS, and those of `decryptAge`
 */
export async function mergeAge(
  { base, ours, theirs, name }: AgeVersions,
  session: SecretsSession,
): Promise<{ readonly bytes: Uint8Array; readonly conflicts: number }> {
  if (![ours, theirs].every((bytes) => isAgeFile(bytes)) || (base.length > 0 && !isAgeFile(base)))
    throw conflict(name, "is not in all versions an age file");
  const request = { name, path: resolve(session.cwd, name), kind: "age", format: "binary" } as const;
  const file = await planNewFile({ ...request, flags: { armor: isArmored(ours) } }, session);
  const identities = await session.ageIdentities();
  const open = async (bytes: Uint8Array): Promise<Uint8Array> =>
    bytes.length === 0 ? bytes : await decryptAge(bytes, identities, { file: name });
  const [before, left, right] = [await open(base), await open(ours), await open(theirs)];
  const same = Buffer.from(left).equals(right) || Buffer.from(right).equals(before);
  const result = same ? { merged: left, conflicts: 0 } : await mergeFile([before, left, right], session);
  if (result === undefined) throw conflict(name, "was changed on both sides, and is no text that merges by lines");
  const bytes = await encryptNewFile(result.merged, file, { name, now: session.now() });
  return { bytes, conflicts: result.conflicts };
}

function conflict(name: string, why: string): FlurryError {
  return new FlurryError("FLURRY_SECRETS_MERGE_CONFLICT", `${name} ${why}`, {
    hint: `Take one side (git checkout --ours or --theirs ${name}) and edit it: flurry secrets edit ${name}`,
  });
}
