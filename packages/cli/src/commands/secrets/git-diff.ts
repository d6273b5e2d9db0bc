import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsFlags } from "../../command-line/secrets-flags.ts";
import { openSecretFile, readBytes, readSecretFile } from "../../secrets/secret-file.ts";
import type { SecretsSession } from "../../secrets/session.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets git-diff`: what git calls to show an encrypted file in a diff. */
export async function gitDiff(this: CommandScope, flags: SecretsFlags, name: string): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    session.context.writeBytes(await shown(name, session));
    return 0;
  });
}

/** A version that does not open is shown as it is: a diff without a key, or of a damaged file, is still a diff. */
async function shown(name: string, session: SecretsSession): Promise<Uint8Array> {
  try {
    return (await openSecretFile(await readSecretFile({ name }, session), session)).plain;
  } catch (error) {
    session.interruption.signal.throwIfAborted();
    const bytes = await readBytes(resolve(session.cwd, name), name);
    if (bytes === undefined || !FlurryError.is(error)) throw error;
    return bytes;
  }
}
