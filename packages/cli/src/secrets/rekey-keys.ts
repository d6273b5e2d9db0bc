import { FlurryError } from "@flurry/core";
import { commandOpeners, gpgOpener, gpgWrapper, unlockIdentities } from "@flurry/secrets";
import type { IdentitySource, RekeyKeys, UnlockedIdentity } from "@flurry/secrets";

import type { SecretsSession } from "./session.ts";

/** The private keys of whoever runs the command: those with a passphrase are unlocked once, and only when needed. */
export async function rekeyKeys(session: SecretsSession): Promise<RekeyKeys> {
  const { context, interruption, identityOptions } = session;
  const sources = await session.identities();
  const gpg = { env: context.env, cwd: context.cwd, signal: interruption.signal };
  const locked = sources.filter(isLocked);
  return {
    identities: await unlockIdentities(
      sources.filter((source) => !isLocked(source)),
      identityOptions,
    ),
    unlock: async () => unlockAll(locked, session),
    openers: [...commandOpeners(sources, identityOptions), gpgOpener(gpg)],
    pgpWrapper: (fingerprint) => gpgWrapper(fingerprint, gpg),
    plugins: identityOptions,
  };
}

/** One after the other: there is one terminal to ask at. */
async function unlockAll(
  sources: readonly IdentitySource[],
  session: SecretsSession,
): Promise<readonly UnlockedIdentity[]> {
  const unlocked: UnlockedIdentity[] = [];
  for (const source of sources) unlocked.push(...(await unlockOne(source, session)));
  return unlocked;
}

function isLocked(source: IdentitySource): boolean {
  return (
    source.kind === "encrypted-file" || source.kind === "command" || (source.kind === "ssh" && source.key.encrypted)
  );
}

/** One key that stays locked does not keep the others from opening the files. */
async function unlockOne(source: IdentitySource, session: SecretsSession): Promise<readonly UnlockedIdentity[]> {
  try {
    return await unlockIdentities([source], session.identityOptions);
  } catch (error) {
    if (!FlurryError.is(error) || error.code === "FLURRY_ABORTED") throw error;
    // A command that wants to know for whom is asked again for each file.
    if (source.kind === "command") return [];
    if (!error.code.endsWith("_PASSPHRASE_REQUIRED")) throw error;
    session.warn(error.message);
    return [];
  }
}
