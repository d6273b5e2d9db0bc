import { resolveIdentities } from "../age/decrypt.ts";
import type { AgeIdentity, LazyIdentities } from "../age/decrypt.ts";
import { openIdentity } from "../age/identity-file.ts";
import type { IdentitySource, OpenIdentityOptions } from "../age/identity-file.ts";
import { ageOpener } from "./keys/age.ts";
import type { KeyOpener } from "./master-key.ts";

/**
 * What opens the data keys of SOPS files with the private keys at hand. A key file with a passphrase is unlocked only
 * when nothing else opens a file, and once for all files.
 */
export function sopsOpeners(sources: readonly IdentitySource[], options: OpenIdentityOptions = {}): KeyOpener[] {
  const identities = sources.map((source) => openIdentity(source, options));
  const open = identities.flatMap((identity) => (isLazy(identity) ? [] : [identity]));
  const locked = identities.filter(isLazy);
  return [...(open.length > 0 ? [ageOpener(open)] : []), ...(locked.length > 0 ? [lockedOpener(locked)] : [])];
}

function lockedOpener(locked: readonly LazyIdentities[]): KeyOpener {
  let unlocked: Promise<KeyOpener> | undefined;
  const unlock = async (): Promise<KeyOpener> => ageOpener(await resolveIdentities(locked));
  return {
    type: "age",
    // Behind every key that needs no passphrase.
    rank: () => 3,
    open: async (key) => (await (unlocked ??= unlock())).open(key),
  };
}

function isLazy(identity: AgeIdentity): identity is LazyIdentities {
  return typeof identity === "object" && "identities" in identity;
}
