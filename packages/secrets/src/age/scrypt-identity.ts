import { scrypt } from "node:crypto";

import { FlurryError } from "@flurry/core";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { base64nopad } from "@scure/base";
import type { Identity, Stanza } from "age-encryption";

/** The bound of age's TypeScript library: 1 GiB of memory for a moment. A hostile file could ask for any amount. */
const maxWorkFactor = 20;

/** Opens files that are encrypted with a passphrase. scrypt runs outside the main thread. */
export class ScryptIdentity implements Identity {
  readonly #passphrase: string;

  constructor(passphrase: string) {
    this.#passphrase = passphrase;
  }

  async unwrapFileKey(stanzas: Stanza[]): Promise<Uint8Array | null> {
    const stanza = stanzas.find(({ args }) => args[0] === "scrypt");
    if (stanza === undefined) return null;
    if (stanzas.length > 1)
      throw new FlurryError(
        "FLURRY_AGE_HEADER_INVALID",
        "The age file has a passphrase beside other recipients, which age forbids",
      );
    const { salt, workFactor } = parseArgs(stanza);
    const key = await derive(this.#passphrase, { salt, workFactor });
    try {
      return chacha20poly1305(key, new Uint8Array(12)).decrypt(stanza.body);
    } catch {
      throw new FlurryError("FLURRY_AGE_PASSPHRASE_WRONG", "The passphrase of the age file is wrong");
    }
  }
}

interface ScryptArgs {
  readonly salt: Uint8Array;
  readonly workFactor: number;
}

function parseArgs({ args, body }: Stanza): ScryptArgs {
  const [, encodedSalt = "", factor = "", ...more] = args;
  const salt = decodeSalt(encodedSalt);
  if (salt?.length !== 16 || !/^[1-9][0-9]{0,8}$/.test(factor) || more.length > 0 || body.length !== 32)
    throw new FlurryError("FLURRY_AGE_HEADER_INVALID", "A stanza of type scrypt in the age file is malformed");
  const workFactor = Number(factor);
  if (workFactor > maxWorkFactor)
    throw new FlurryError(
      "FLURRY_AGE_TOO_LARGE",
      `The age file asks for a scrypt work factor of ${workFactor}; the most is ${maxWorkFactor}`,
    );
  return { salt, workFactor };
}

function decodeSalt(encoded: string): Uint8Array | undefined {
  try {
    return base64nopad.decode(encoded);
  } catch {
    return undefined;
  }
}

async function derive(passphrase: string, { salt, workFactor }: ScryptArgs): Promise<Uint8Array> {
  const cost = 2 ** workFactor;
  const label = Buffer.concat([Buffer.from("age-encryption.org/v1/scrypt", "latin1"), salt]);
  const memory = { maxmem: 128 * 8 * cost + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(Buffer.from(passphrase, "utf8"), label, 32, { N: cost, r: 8, p: 1, ...memory }, (error, key) => {
      if (error === null) resolve(new Uint8Array(key));
      else
        reject(
          new FlurryError("FLURRY_AGE_TOO_LARGE", `scrypt with work factor ${workFactor} failed`, { cause: error }),
        );
    });
  });
}
