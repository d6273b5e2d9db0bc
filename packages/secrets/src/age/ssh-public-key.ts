import { createHash } from "node:crypto";

import { FlurryError } from "@flurry/core";
import type { Place } from "@flurry/core";
import { ed25519 } from "@noble/curves/ed25519.js";
import { base64, base64nopad } from "@scure/base";

import { atPlace } from "./at-place.ts";
import { SshWireReader } from "./ssh-wire.ts";

interface SshPublicKeyBase {
  /** The key as SSH sends it: what stands in base64 in an `authorized_keys` line. */
  readonly blob: Uint8Array;
  /** The six characters by which age marks stanzas for this key: base64 of the first four bytes of SHA-256(blob). */
  readonly tag: string;
  /** What stands behind the key in its line; may be empty. */
  readonly comment: string;
}

/** An `ssh-ed25519` public key. */
export interface SshEd25519PublicKey extends SshPublicKeyBase {
  readonly kind: "ssh-ed25519";
  /** The Edwards point, 32 bytes. */
  readonly point: Uint8Array;
}

/** An `ssh-rsa` public key of 2048 to 16384 bits. */
export interface SshRsaPublicKey extends SshPublicKeyBase {
  readonly kind: "ssh-rsa";
  /** Big-endian, without leading zeros. */
  readonly modulus: Uint8Array;
  /** Big-endian, without leading zeros. */
  readonly exponent: Uint8Array;
}

/** An SSH public key that age can encrypt to. */
export type SshPublicKey = SshEd25519PublicKey | SshRsaPublicKey;

/** Where a key text comes from; named in errors. */
export interface KeySourceOptions {
  readonly place?: Place;
}

/** sshd's own limit for a line of `authorized_keys`. */
const maxLineLength = 8192;
const keyType = /^(?:ssh-|ecdsa-|sk-(?:ssh|ecdsa)-)[a-z0-9@.-]+$/;

/**
 * Parses one line of `authorized_keys`, of a `.pub` file, of `known_hosts` or of `ssh-keyscan`.
 *
 * @throws FlurryError FLURRY_SSH_KEY_INVALID, or FLURRY_SSH_KEY_UNSUPPORTED for keys that age has no stanza for
 */
export function parseSshPublicKey(line: string, { place }: KeySourceOptions = {}): SshPublicKey {
  return atPlace(place, () => {
    if (line.length > maxLineLength)
      throw new FlurryError("FLURRY_SSH_KEY_INVALID", "The line is too long to be an SSH public key");
    const fields = splitFields(line);
    const at = fields.findIndex((field) => keyType.test(field));
    const [type, encoded] = fields.slice(at, at + 2);
    if (at === -1 || type === undefined || encoded === undefined)
      throw new FlurryError("FLURRY_SSH_KEY_INVALID", "This is not an SSH public key", {
        hint: 'It should look like "ssh-ed25519 AAAAC3Nza… comment".',
      });
    const key = parseSshPublicKeyBlob(decodeBase64(encoded), fields.slice(at + 2).join(" "));
    if (key.kind === type) return key;
    throw new FlurryError("FLURRY_SSH_KEY_INVALID", `The line says ${type} but holds a key of type ${key.kind}`);
  });
}

/**
 * Parses a public key in its wire form.
 *
 * @throws FlurryError FLURRY_SSH_KEY_INVALID, FLURRY_SSH_KEY_UNSUPPORTED
 */
export function parseSshPublicKeyBlob(blob: Uint8Array, comment: string = ""): SshPublicKey {
  const reader = new SshWireReader(blob, "The SSH public key");
  const type = reader.text();
  const base = { blob, tag: sshKeyTag(blob), comment };
  switch (type) {
    case "ssh-ed25519": {
      const point = reader.string();
      reader.end();
      if (!isUsablePoint(point))
        throw new FlurryError("FLURRY_SSH_KEY_INVALID", "The ssh-ed25519 key is not a point of its curve");
      return { ...base, kind: type, point };
    }
    case "ssh-rsa": {
      const exponent = reader.mpint();
      const modulus = reader.mpint();
      reader.end();
      checkRsa({ modulus, exponent });
      return { ...base, kind: type, modulus, exponent };
    }
    default:
      throw new FlurryError(
        "FLURRY_SSH_KEY_UNSUPPORTED",
        `age cannot use SSH keys of type ${/^[\w@.-]{1,64}$/.test(type) ? type : "that is unreadable"}`,
        { hint: "Use an ssh-ed25519 or ssh-rsa key (ssh-keygen -t ed25519)." },
      );
  }
}

/** age's short name of an SSH public key: unpadded base64 of the first four bytes of SHA-256 over its wire form. */
export function sshKeyTag(blob: Uint8Array): string {
  return base64nopad.encode(createHash("sha256").update(blob).digest().subarray(0, 4));
}

/** The key as one line, as it stands in a `.pub` file. */
export function sshPublicKeyLine(key: SshPublicKey): string {
  return [key.kind, base64.encode(key.blob), ...(key.comment === "" ? [] : [key.comment])].join(" ");
}

/** The number of bits of an RSA modulus that has no leading zero bytes. */
function modulusBits(modulus: Uint8Array): number {
  return modulus.length * 8 - Math.clz32((modulus[0] ?? 0) << 24);
}

/** Fields between blanks; a quoted part (as in the options of an authorized_keys line) is never split. */
function splitFields(line: string): string[] {
  return line.trim().match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? [];
}

function decodeBase64(encoded: string): Uint8Array {
  try {
    return base64.decode(encoded);
  } catch {
    throw new FlurryError("FLURRY_SSH_KEY_INVALID", "The SSH public key is not valid base64", {
      hint: "Was it cut off when it was copied?",
    });
  }
}

function isUsablePoint(point: Uint8Array): boolean {
  if (point.length !== 32) return false;
  try {
    return !ed25519.Point.fromBytes(point).isSmallOrder();
  } catch {
    return false;
  }
}

/** The bounds of age and of Go's SSH library, so that whoever gets our file can open it. */
function checkRsa({ modulus, exponent }: Pick<SshRsaPublicKey, "modulus" | "exponent">): void {
  const bits = modulusBits(modulus);
  if (bits < 2048)
    throw new FlurryError("FLURRY_SSH_KEY_UNSUPPORTED", `The ssh-rsa key has ${bits} bits; age requires 2048`, {
      hint: "Generate a longer one, or better an ed25519 key (ssh-keygen -t ed25519).",
    });
  if (bits > 16_384)
    throw new FlurryError("FLURRY_SSH_KEY_UNSUPPORTED", `The ssh-rsa key has ${bits} bits, more than 16384`);
  const value = exponent.length > 3 ? 0 : exponent.reduce((sum, byte) => sum * 256 + byte, 0);
  if (value < 3 || value % 2 === 0 || (modulus.at(-1) ?? 0) % 2 === 0)
    throw new FlurryError("FLURRY_SSH_KEY_INVALID", "The numbers of the ssh-rsa key cannot be those of an RSA key");
}
