import { generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";

import * as z from "zod";

/** A key pair for one stanza, never used again. */
export interface EphemeralX25519 {
  readonly privateKey: KeyObject;
  /** The public key's 32 bytes. */
  readonly share: Buffer;
}

const pair = z.object({ publicKey: z.object({ x: z.string() }), privateKey: z.custom<KeyObject>() });

/** Makes a key pair. */
export function ephemeralX25519(): EphemeralX25519 {
  // The public key is to come out as JWK at once. To export it from a key object later can block the thread for ever:
  // Node 20 holds the key's lock meanwhile, and where memory is collected just then, what made the key waits for that lock.
  const { publicKey, privateKey } = pair.parse(generateKeyPairSync("x25519", { publicKeyEncoding: { format: "jwk" } }));
  return { privateKey, share: Buffer.from(publicKey.x, "base64url") };
}
