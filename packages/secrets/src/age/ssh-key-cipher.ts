import { createDecipheriv, timingSafeEqual } from "node:crypto";
import type { CipherGCMTypes } from "node:crypto";

import { FlurryError } from "@flurry/core";
import { poly1305 } from "@noble/ciphers/_poly1305.js";
import { chacha20 } from "@noble/ciphers/chacha.js";

/** One cipher that OpenSSH encrypts private keys with (`ssh-keygen -Z`). */
export interface SshKeyCipher {
  readonly keyBytes: number;
  readonly ivBytes: number;
  /** What the length of the encrypted part must be a multiple of. */
  readonly blockBytes: number;
  /** Bytes of authentication tag that follow the encrypted part. */
  readonly tagBytes: number;
  /** @throws when the tag does not match, which is how a wrong passphrase shows */
  readonly decrypt: (input: SshKeyCipherInput) => Uint8Array;
}

/** What {@link SshKeyCipher.decrypt} works on. */
export interface SshKeyCipherInput {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly data: Uint8Array;
  readonly tag: Uint8Array;
}

const ciphers = new Map<string, SshKeyCipher>([
  ["none", { keyBytes: 0, ivBytes: 0, blockBytes: 8, tagBytes: 0, decrypt: ({ data }) => data }],
  ...[128, 192, 256].flatMap((bits): [string, SshKeyCipher][] => [
    [`aes${bits}-ctr`, unauthenticated(`aes-${bits}-ctr`, { keyBytes: bits / 8, ivBytes: 16, blockBytes: 16 })],
    [`aes${bits}-cbc`, unauthenticated(`aes-${bits}-cbc`, { keyBytes: bits / 8, ivBytes: 16, blockBytes: 16 })],
  ]),
  ["3des-cbc", unauthenticated("des-ede3-cbc", { keyBytes: 24, ivBytes: 8, blockBytes: 8 })],
  ["aes128-gcm@openssh.com", gcm("aes-128-gcm", 16)],
  ["aes256-gcm@openssh.com", gcm("aes-256-gcm", 32)],
  ["chacha20-poly1305@openssh.com", { keyBytes: 64, ivBytes: 0, blockBytes: 8, tagBytes: 16, decrypt: chachaPoly }],
]);

/**
 * Finds a cipher by OpenSSH's name for it.
 *
 * @throws FlurryError FLURRY_SSH_KEY_UNSUPPORTED
 */
export function sshKeyCipher(name: string): SshKeyCipher {
  const cipher = ciphers.get(name);
  if (cipher === undefined)
    throw new FlurryError(
      "FLURRY_SSH_KEY_UNSUPPORTED",
      "The SSH private key is encrypted with a cipher that Flurry does not know",
      {
        hint: "Encrypt it anew with ssh-keygen -p -Z aes256-ctr -f FILE.",
      },
    );
  return cipher;
}

function unauthenticated(
  algorithm: string,
  sizes: Pick<SshKeyCipher, "keyBytes" | "ivBytes" | "blockBytes">,
): SshKeyCipher {
  return {
    ...sizes,
    tagBytes: 0,
    decrypt: ({ key, iv, data }) => {
      const decipher = createDecipheriv(algorithm, key, iv).setAutoPadding(false);
      return Buffer.concat([decipher.update(data), decipher.final()]);
    },
  };
}

function gcm(algorithm: CipherGCMTypes, keyBytes: number): SshKeyCipher {
  return {
    keyBytes,
    ivBytes: 12,
    blockBytes: 16,
    tagBytes: 16,
    decrypt: ({ key, iv, data, tag }) => {
      const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: 16 }).setAuthTag(tag);
      return Buffer.concat([decipher.update(data), decipher.final()]);
    },
  };
}

/** OpenSSH's own construction (PROTOCOL.chacha20poly1305) at sequence number 0, without a length field. */
function chachaPoly({ key, data, tag }: SshKeyCipherInput): Uint8Array {
  const mainKey = key.subarray(0, 32);
  // With a nonce of zeros the original ChaCha20 and the one of RFC 8439 are the same.
  const nonce = new Uint8Array(12);
  const polyKey = chacha20(mainKey, nonce, new Uint8Array(32));
  if (!timingSafeEqual(poly1305(data, polyKey), tag)) throw new Error("the tag does not match");
  return chacha20(mainKey, nonce, data, undefined, 1);
}
