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
  const commands = sources.filter((source) => source.kind === "command");
  const others = sources.filter((source) => source.kind !== "command");
  const identities = others.map((source) => openIdentity(source, options));
  const open = identities.flatMap((identity) => (isLazy(identity) ? [] : [identity]));
  const locked = identities.filter(isLazy);
  return [
    ...(open.length > 0 ? [ageOpener(open)] : []),
    ...commandOpeners(commands, options),
    ...(locked.length > 0 ? [lockedOpener(locked)] : []),
  ];
}

/** What opens data keys with the keys that commands print, each of which is told for whom the data key is wrapped. */
export function commandOpeners(sources: readonly IdentitySource[], options: OpenIdentityOptions = {}): KeyOpener[] {
  return sources.flatMap((source): KeyOpener[] => {
    if (source.kind !== "command") return [];
    const openerFor = once(async (recipient: string) => {
      const printed = await source.run(recipient);
      return ageOpener(await resolveIdentities(printed.map((inner) => openIdentity(inner, options))));
    });
    return [
      {
        type: "age",
        // Behind every key at hand: the command may ask a person, or a server.
        rank: () => 2.5,
        open: async (key) => (await openerFor(key.id)).open(key),
      },
    ];
  });
}

function once<T>(make: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (name) => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    return known;
  };
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
