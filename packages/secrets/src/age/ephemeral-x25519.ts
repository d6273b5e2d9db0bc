import { generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";

/** A key pair for one stanza, never used again. */
export interface EphemeralX25519 {
  readonly privateKey: KeyObject;
  /** The public key's 32 bytes. */
  readonly share: Buffer;
}

/** Makes a key pair. */
export function ephemeralX25519(): EphemeralX25519 {
  // The public key is to come out as JWK at once. To export it from a key object later can block the thread for ever:
  // Node 20 holds the key's lock meanwhile, and where memory is collected just then, what made the key waits for that lock.
  const { publicKey, privateKey } = generateKeyPairSync("x25519", { publicKeyEncoding: { format: "jwk" } });
  // The types of Node take it for a key object.
  const point: unknown = Reflect.get(publicKey, "x");
  if (typeof point !== "string") throw new TypeError("Node made a public key without its point");
  return { privateKey, share: Buffer.from(point, "base64url") };
}
