import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
} from "node:crypto";
import type { KeyObject } from "node:crypto";

import { FlurryError } from "@flurry/core";
import { base64nopad, bech32 } from "@scure/base";
import { Stanza } from "age-encryption";
import type { Identity, Recipient } from "age-encryption";

import { ephemeralX25519 } from "./ephemeral-x25519.ts";

// typage has these as well, in WebCrypto and JavaScript; OpenSSL's are several times faster, which rekeying a thousand
// files feels.

const label = Buffer.from("age-encryption.org/v1/X25519", "latin1");
/** What stands before the 32 bytes of a key in DER (RFC 8410). */
const spki = Buffer.from("302a300506032b656e032100", "hex");
const pkcs8 = Buffer.from("302e020100300506032b656e04220420", "hex");
const zeroNonce = Buffer.alloc(12);
const wrappedBytes = 16 + 16;

/** Encrypts to an `age1…` recipient of age's own classic kind. */
export class X25519Recipient implements Recipient {
  readonly #bytes: Uint8Array;
  readonly #key: KeyObject;

  /** @throws FlurryError FLURRY_AGE_RECIPIENT_INVALID */
  constructor(text: string) {
    this.#bytes =
      decodeKey(text, "age") ??
      raise("FLURRY_AGE_RECIPIENT_INVALID", "The age recipient is damaged: its checksum or length is wrong");
    this.#key = publicKey(this.#bytes);
  }

  wrapFileKey(fileKey: Uint8Array): Stanza[] {
    const { privateKey, share } = ephemeralX25519();
    const shared = multiply(privateKey, this.#key);
    if (shared === undefined)
      throw new FlurryError("FLURRY_AGE_RECIPIENT_INVALID", "The age recipient is a point that protects nothing");
    const cipher = createCipheriv("chacha20-poly1305", wrapKey({ shared, share, recipient: this.#bytes }), zeroNonce, {
      authTagLength: 16,
    });
    const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
    return [new Stanza(["X25519", base64nopad.encode(share)], new Uint8Array(body))];
  }
}

/** Opens stanzas for an `AGE-SECRET-KEY-1…` identity. */
export class X25519Identity implements Identity {
  readonly #key: KeyObject;
  readonly #recipient: Uint8Array;

  /** @throws FlurryError FLURRY_AGE_IDENTITY_INVALID, which does not quote the identity */
  constructor(text: string) {
    const scalar =
      (text === text.toUpperCase() ? decodeKey(text, "age-secret-key-") : undefined) ??
      raise("FLURRY_AGE_IDENTITY_INVALID", "An age identity is damaged: its checksum or length is wrong");
    this.#key = createPrivateKey({ key: Buffer.concat([pkcs8, scalar]), format: "der", type: "pkcs8" });
    this.#recipient = rawPublicKey(createPublicKey(this.#key));
  }

  unwrapFileKey(stanzas: Stanza[]): Uint8Array | null {
    for (const stanza of stanzas) {
      const [type, encodedShare, ...more] = stanza.args;
      if (type !== "X25519") continue;
      const share = encodedShare === undefined ? undefined : decodeShare(encodedShare);
      if (share === undefined || more.length > 0 || stanza.body.length !== wrappedBytes) throw malformed();
      const shared = multiply(this.#key, publicKey(share)) ?? raise("FLURRY_AGE_HEADER_INVALID", malformed().message);
      const fileKey = unwrap(wrapKey({ shared, share, recipient: this.#recipient }), stanza.body);
      if (fileKey !== null) return fileKey;
    }
    return null;
  }
}

function wrapKey(input: {
  readonly shared: Uint8Array;
  readonly share: Uint8Array;
  readonly recipient: Uint8Array;
}): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", input.shared, Buffer.concat([input.share, input.recipient]), label, 32));
}

function unwrap(key: Uint8Array, body: Uint8Array): Uint8Array | null {
  const decipher = createDecipheriv("chacha20-poly1305", key, zeroNonce, { authTagLength: 16 });
  decipher.setAuthTag(body.subarray(-16));
  try {
    return new Uint8Array(Buffer.concat([decipher.update(body.subarray(0, -16)), decipher.final()]));
  } catch {
    return null;
  }
}

/** `undefined` for a point of small order, whose product is all zeros. */
function multiply(privateKey: KeyObject, publicKey: KeyObject): Uint8Array | undefined {
  try {
    const shared = diffieHellman({ privateKey, publicKey });
    return shared.some((byte) => byte !== 0) ? shared : undefined;
  } catch {
    return undefined;
  }
}

function publicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([spki, raw]), format: "der", type: "spki" });
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ format: "der", type: "spki" }).subarray(-32));
}

function decodeKey(text: string, prefix: string): Uint8Array | undefined {
  try {
    const decoded = bech32.decodeToBytes(text);
    return decoded.prefix.toLowerCase() === prefix && decoded.bytes.length === 32 ? decoded.bytes : undefined;
  } catch {
    return undefined;
  }
}

function decodeShare(encoded: string): Uint8Array | undefined {
  try {
    const share = base64nopad.decode(encoded);
    return share.length === 32 ? share : undefined;
  } catch {
    return undefined;
  }
}

function malformed(): FlurryError {
  return new FlurryError("FLURRY_AGE_HEADER_INVALID", "A stanza of type X25519 in the age file is malformed");
}

function raise(
  code: "FLURRY_AGE_RECIPIENT_INVALID" | "FLURRY_AGE_IDENTITY_INVALID" | "FLURRY_AGE_HEADER_INVALID",
  message: string,
): never {
  throw new FlurryError(code, message);
}
