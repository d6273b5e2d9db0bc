import { FlurryError } from "@flurry/core";

import type { AgeIdentity } from "../age/decrypt.ts";
import { recipientDrift } from "./drift.ts";
import type { RecipientDrift } from "./drift.ts";
import { decryptAgenixFile, encryptForRule, readAgenixFile, writeEncrypted } from "./file.ts";
import type { AgenixFile } from "./file.ts";
import type { AgenixRule, AgenixRules } from "./rules.ts";

/** What is to be done with one file of the rules. */
export type AgenixRekeyEntry =
  | { readonly status: "absent"; readonly rule: AgenixRule }
  | {
      readonly status: RecipientDrift["status"];
      readonly rule: AgenixRule;
      readonly file: AgenixFile;
      readonly drift: RecipientDrift;
    };

/** Options of {@link prepareAgenixRekey}. */
export interface AgenixRekeyOptions {
  /**
   * What to do with files of which it cannot be told whether they drifted (see {@link RecipientDrift}):
   * `keep` them as they are, or `rekey` them to be sure. Default: `keep`.
   */
  readonly unknown?: "keep" | "rekey";
}

/** The new content of one file, not yet written. */
export interface AgenixRewrite {
  readonly path: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/**
 * Compares every file of the rules with its rule. Needs no key.
 *
 * @throws FlurryError FLURRY_AGE_HEADER_INVALID, FLURRY_AGE_TOO_LARGE, naming the file
 */
export async function planAgenixRekey({ rules }: AgenixRules): Promise<AgenixRekeyEntry[]> {
  return Promise.all(
    rules.map(async (rule): Promise<AgenixRekeyEntry> => {
      const file = await readAgenixFile(rule.path);
      if (file === undefined) return { status: "absent", rule };
      const drift = recipientDrift(file.inspection, rule.recipients);
      return { status: drift.status, rule, file, drift };
    }),
  );
}

/**
 * Re-encrypts, in memory, the files whose recipients drifted. All or none: nothing is written here, and one file that
 * cannot be opened fails the whole, naming every such file. The caller writes the result in one transaction.
 *
 * @throws FlurryError FLURRY_AGENIX_REKEY_FAILED; its cause is the first file's error
 */
export async function prepareAgenixRekey(
  plan: readonly AgenixRekeyEntry[],
  identities: readonly AgeIdentity[],
  { unknown = "keep" }: AgenixRekeyOptions = {},
): Promise<AgenixRewrite[]> {
  const rewrites: AgenixRewrite[] = [];
  const failures: { readonly file: string; readonly error: FlurryError }[] = [];
  for (const entry of plan) {
    if (entry.status === "absent" || entry.status === "current") continue;
    if (entry.status === "unknown" && unknown === "keep") continue;
    const { rule, file } = entry;
    try {
      const plain = await decryptAgenixFile(file, identities, rule.path);
      rewrites.push({ path: rule.path, before: file.content, after: await encryptForRule(plain, rule) });
      plain.fill(0);
    } catch (error) {
      failures.push({ file: rule.file, error: FlurryError.from(error) });
    }
  }
  const [first] = failures;
  if (first === undefined) return rewrites;
  throw new FlurryError(
    "FLURRY_AGENIX_REKEY_FAILED",
    `${failures.length} of ${failures.length + rewrites.length} files could not be re-encrypted, so none was: ${first.file}: ${first.error.message}`,
    {
      cause: first.error,
      details: failures.map(({ file, error }) => `${file}: ${error.message}`).join("\n"),
      hint: "Give an identity that opens all of them, or rekey as somebody who has one.",
    },
  );
}

/**
 * Writes prepared files, each in one step; when one cannot be written, those before it are put back.
 *
 * @throws FlurryError FLURRY_AGENIX_REKEY_FAILED
 */
export async function writeAgenixRewrites(rewrites: readonly AgenixRewrite[]): Promise<void> {
  const written: AgenixRewrite[] = [];
  try {
    for (const rewrite of rewrites) {
      await writeEncrypted(rewrite.path, rewrite.after);
      written.push(rewrite);
    }
  } catch (cause) {
    for (const { path, before } of written) await writeEncrypted(path, before);
    throw new FlurryError(
      "FLURRY_AGENIX_REKEY_FAILED",
      `A file could not be written, so none was changed: ${FlurryError.from(cause).message}`,
      {
        cause,
      },
    );
  }
}
