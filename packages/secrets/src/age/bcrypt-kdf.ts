import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";

import { abortReason } from "@flurry/core";
import bcrypt from "bcrypt-pbkdf";

/** What {@link bcryptKdf} derives a key from. */
export interface BcryptKdfInput {
  readonly passphrase: string;
  readonly salt: Uint8Array;
  readonly rounds: number;
  /** Bytes of key material; at most 1024. */
  readonly length: number;
}

/**
 * OpenBSD's bcrypt_pbkdf, with which OpenSSH encrypts private keys. A round takes tens of milliseconds; between two
 * of them the event loop runs, so that a caller can give up.
 *
 * @throws FlurryError the reason of `signal` when it aborts
 */
export async function bcryptKdf(input: BcryptKdfInput, signal?: AbortSignal): Promise<Uint8Array> {
  const { passphrase, salt, rounds, length } = input;
  const stride = Math.ceil(length / 32);
  const passwordHash = sha512(Buffer.from(passphrase, "utf8"));
  const key = new Uint8Array(length);
  for (let block = 1; block <= stride; block++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(block);
    let round = bcryptHash(passwordHash, sha512(Buffer.concat([salt, counter])));
    const output = Uint8Array.from(round);
    for (let count = 1; count < rounds; count++) {
      if (signal?.aborted === true) throw abortReason(signal, "decrypting an SSH key");
      await nextTurn();
      round = bcryptHash(passwordHash, sha512(round));
      round.forEach((byte, index) => (output[index] = (output[index] ?? 0) ^ byte));
    }
    // The blocks are interleaved, so that no half of the key can be had for half the work.
    output.forEach((byte, index) => {
      const at = index * stride + block - 1;
      if (at < length) key[at] = byte;
    });
  }
  return key;
}

function bcryptHash(passwordHash: Uint8Array, saltHash: Uint8Array): Uint8Array {
  const out = new Uint8Array(32);
  bcrypt.hash(passwordHash, saltHash, out);
  return out;
}

function sha512(data: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash("sha512").update(data).digest());
}
