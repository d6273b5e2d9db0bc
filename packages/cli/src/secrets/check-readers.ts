import { FlurryError } from "@flurry/core";
import { keyDifference, sameSelector, shortKey } from "@flurry/secrets";
import type { SopsFile } from "@flurry/secrets";

import { findRule } from "./find-policy.ts";
import type { SecretsSession } from "./session.ts";

/** A file that is about to get new values. */
export interface WriteTarget {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly file: SopsFile;
  /** The person knows and wants it all the same. */
  readonly yes: boolean | undefined;
}

/**
 * Compares a file with its policy before new values are written to it. Nothing authenticates who may read a SOPS file, nor
 * what of it is encrypted: whoever can write to the repository can add a reader, or have new values stored in clear.
 *
 * @throws FlurryError FLURRY_SOPS_GUARD for a reader or selector that the policy does not have
 */
export async function checkReaders({ name, path, file, yes }: WriteTarget, session: SecretsSession): Promise<void> {
  const found = await findRule(path, "sops", session);
  if (found === undefined) return;
  const { rule, source } = found;
  const wanted = rule.groups.flat();
  const { missing, extra } = keyDifference(wanted, file.metadata.groups.flat());
  const selectorDiffers =
    rule.selector !== undefined && file.format !== "binary" && !sameSelector(rule.selector, file.metadata.selector);
  if (extra.length > 0 || selectorDiffers) {
    const message =
      extra.length > 0
        ? `${name} can be read by ${extra.map(shortKey).join(", ")}, whom ${source} does not name`
        : `${name} encrypts by ${file.metadata.selector.kind}, not as ${source} says`;
    if (yes !== true)
      throw new FlurryError("FLURRY_SOPS_GUARD", message, {
        place: { file: name },
        hint: `Bring it to its policy first (flurry secrets rekey), or write to it as it is with --yes.`,
      });
    session.warn(message);
  }
  if (missing.length > 0)
    session.warn(`${name} cannot be read by ${missing.map(shortKey).join(", ")}, whom ${source} names: rekey it`);
}
