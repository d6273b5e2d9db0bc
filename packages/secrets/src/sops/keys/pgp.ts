import { FlurryError } from "@flurry/core";
import type * as OpenPgp from "openpgp";

import type { KeyOpener, KeyWrapper } from "../master-key.ts";

/** A private PGP key. */
export interface PgpPrivateKey {
  /** ASCII armor, as `gpg --export-secret-keys --armor` prints it. */
  readonly armored: string;
  readonly passphrase?: string;
}

/** A message that carries 33 bytes and decompresses to more than this is an attack. */
const maxMessageBytes = 64 * 1024;

async function loadOpenPgp(): Promise<typeof OpenPgp> {
  try {
    return await import("openpgp");
  } catch (cause) {
    throw new FlurryError("FLURRY_SOPS_PGP_UNAVAILABLE", "PGP keys need the package openpgp, which is not installed", {
      cause,
      hint: "Install it beside @flurry/secrets: npm install openpgp@6",
    });
  }
}

/**
 * A PGP key for which data keys can be wrapped.
 *
 * @param armored - the public key in ASCII armor; of several keys the one with the fingerprint is taken
 * @param fingerprint - 40 hexadecimal digits; written to files as it is
 * @throws FlurryError FLURRY_SOPS_PGP_UNAVAILABLE, FLURRY_SOPS_RECIPIENT_INVALID
 */
export async function pgpWrapper(armored: string, fingerprint: string): Promise<KeyWrapper> {
  const openpgp = await loadOpenPgp();
  const keys = await openpgp.readKeys({ armoredKeys: armored }).catch((cause: unknown) => {
    throw invalid("The public PGP key cannot be read", cause);
  });
  const wanted = fingerprint.replace(/!$/, "").toLowerCase();
  const encryptionKeys = keys.find((key) =>
    [key, ...key.getSubkeys()].some((part) => part.getFingerprint().endsWith(wanted)),
  );
  if (encryptionKeys === undefined || !/^[0-9a-f]{16,64}$/.test(wanted)) {
    throw invalid(`There is no PGP key with the fingerprint ${fingerprint}`, undefined);
  }
  return {
    type: "pgp",
    id: fingerprint,
    wrap: async (share) => {
      const message = await openpgp.createMessage({ binary: share, format: "binary" });
      const sealed = await openpgp.encrypt({ message, encryptionKeys, format: "armored" }).catch((cause: unknown) => {
        throw invalid(`The PGP key ${fingerprint} cannot encrypt`, cause);
      });
      // SOPS writes PGP messages without a newline at the end and gpg without carriage returns.
      return sealed.replaceAll("\r", "").trimEnd();
    },
  };
}

/**
 * Opens data keys with private PGP keys, which are unlocked once.
 *
 * @throws FlurryError FLURRY_SOPS_PGP_UNAVAILABLE, FLURRY_SOPS_RECIPIENT_INVALID for a key that cannot be unlocked
 */
export async function pgpOpener(privateKeys: readonly PgpPrivateKey[]): Promise<KeyOpener> {
  const openpgp = await loadOpenPgp();
  const decryptionKeys = (await Promise.all(privateKeys.map((key) => unlock(openpgp, key)))).flat();
  const own = decryptionKeys.flatMap((key) => [key, ...key.getSubkeys()].map((part) => part.getFingerprint()));
  const ids = new Set(
    decryptionKeys.flatMap((key) => [key, ...key.getSubkeys()].map((part) => part.getKeyID().toHex())),
  );
  return {
    type: "pgp",
    rank: (key) => (own.some((fingerprint) => key.id.toLowerCase().startsWith(fingerprint)) ? 0 : 2),
    open: async (key) => {
      const message = await openpgp.readMessage({ armoredMessage: key.enc }).catch((cause: unknown) => {
        throw damaged(key.id, cause);
      });
      const recipients = message.getEncryptionKeyIDs().map((id) => id.toHex());
      if (!recipients.some((id) => ids.has(id) || /^0+$/.test(id))) return null;
      const config = {
        maxDecompressedMessageSize: maxMessageBytes,
        // Keys of sops users are often old single RSA keys that sign as well.
        allowInsecureDecryptionWithSigningKeys: true,
      };
      const opened = await openpgp
        .decrypt({ message, decryptionKeys, format: "binary", config })
        .catch((cause: unknown) => {
          throw damaged(key.id, cause);
        });
      return opened.data;
    },
  };
}

async function unlock(openpgp: typeof OpenPgp, key: PgpPrivateKey): Promise<OpenPgp.PrivateKey[]> {
  try {
    const keys = await openpgp.readPrivateKeys({ armoredKeys: key.armored });
    const unlocked: OpenPgp.PrivateKey[] = [];
    for (const privateKey of keys) {
      const locked = !privateKey.isDecrypted();
      unlocked.push(locked ? await openpgp.decryptKey({ privateKey, passphrase: key.passphrase ?? "" }) : privateKey);
    }
    return unlocked;
  } catch {
    // The library's message is about the key's insides; no part of it belongs into a log.
    throw invalid("A private PGP key cannot be read or unlocked", undefined);
  }
}

function invalid(message: string, cause: unknown): FlurryError {
  return new FlurryError("FLURRY_SOPS_RECIPIENT_INVALID", message, cause === undefined ? {} : { cause });
}

function damaged(id: string, cause: unknown): FlurryError {
  return new FlurryError("FLURRY_SOPS_KEY_DAMAGED", `The data key wrapped for the PGP key ${id} cannot be opened`, {
    cause,
  });
}
