import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import type { KeyObject } from "node:crypto";

import { FlurryError } from "@flurry/core";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64nopad, base64urlnopad } from "@scure/base";
import { Stanza } from "age-encryption";
import type { Identity, Recipient } from "age-encryption";

import { parseSshPublicKey, parseSshPublicKeyBlob, sshKeyTag } from "./ssh-public-key.ts";
import type { SshEd25519PublicKey, SshPublicKey, SshRsaPublicKey } from "./ssh-public-key.ts";
import type { SshSecretKey } from "./ssh-secret-key.ts";

const ed25519Label = Buffer.from("age-encryption.org/v1/ssh-ed25519", "latin1");
const oaep = {
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: "sha256",
  oaepLabel: Buffer.from("age-encryption.org/v1/ssh-rsa", "latin1"),
} as const;
const fileKeyBytes = 16;

/** Encrypts to an `ssh-ed25519` key with age's stanza of that name. */
export class SshEd25519Recipient implements Recipient {
  readonly #key: SshEd25519PublicKey;
  readonly #montgomery: Uint8Array;

  constructor(key: SshEd25519PublicKey) {
    this.#key = key;
    this.#montgomery = ed25519.utils.toMontgomery(key.point);
  }

  wrapFileKey(fileKey: Uint8Array): Stanza[] {
    const ephemeral = new Uint8Array(randomBytes(32));
    const share = x25519.getPublicKey(ephemeral);
    const shared = x25519.scalarMult(ephemeral, this.#montgomery);
    const key = ed25519WrapKey({ blob: this.#key.blob, montgomery: this.#montgomery, share, shared });
    // A fresh key wraps one message, so its nonce may be zero.
    const body = chacha20poly1305(key, new Uint8Array(12)).encrypt(fileKey);
    return [new Stanza(["ssh-ed25519", this.#key.tag, base64nopad.encode(share)], body)];
  }
}

/** Encrypts to an `ssh-rsa` key with age's stanza of that name. */
export class SshRsaRecipient implements Recipient {
  readonly #tag: string;
  readonly #key: KeyObject;

  constructor(key: SshRsaPublicKey) {
    this.#tag = key.tag;
    const jwk = { kty: "RSA", n: base64urlnopad.encode(key.modulus), e: base64urlnopad.encode(key.exponent) };
    this.#key = createPublicKey({ key: jwk, format: "jwk" });
  }

  wrapFileKey(fileKey: Uint8Array): Stanza[] {
    const body = publicEncrypt({ key: this.#key, ...oaep }, fileKey);
    return [new Stanza(["ssh-rsa", this.#tag], new Uint8Array(body))];
  }
}

/** Opens age's `ssh-ed25519` stanzas. */
export class SshEd25519Identity implements Identity {
  readonly #blob: Uint8Array;
  readonly #tag: string;
  readonly #scalar: Uint8Array;
  readonly #montgomery: Uint8Array;

  constructor(secret: SshSecretKey & { readonly kind: "ssh-ed25519" }) {
    this.#blob = secret.blob;
    this.#tag = sshKeyTag(secret.blob);
    this.#scalar = ed25519Scalar(secret.seed);
    this.#montgomery = x25519.getPublicKey(this.#scalar);
  }

  unwrapFileKey(stanzas: Stanza[]): Uint8Array | null {
    const shares = new Map<Stanza, Uint8Array>();
    const isMine = (stanza: Stanza): boolean => {
      const [type, tag, encodedShare, ...more] = stanza.args;
      if (type !== "ssh-ed25519") return false;
      // A malformed stanza spoils the file whoever it is for, as in age.
      const share = encodedShare === undefined ? undefined : decodeShare(encodedShare);
      if (share === undefined || more.length > 0) throw malformed(type);
      shares.set(stanza, share);
      return tag === this.#tag;
    };
    return firstOpened(stanzas, isMine, (stanza) => {
      const share = shares.get(stanza);
      const shared = share === undefined ? undefined : multiply(this.#scalar, share);
      if (share === undefined || shared === undefined || stanza.body.length !== fileKeyBytes + 16)
        throw malformed("ssh-ed25519");
      const key = ed25519WrapKey({ blob: this.#blob, montgomery: this.#montgomery, share, shared });
      return attempt(() => chacha20poly1305(key, new Uint8Array(12)).decrypt(stanza.body));
    });
  }
}

/** Opens age's `ssh-rsa` stanzas. */
export class SshRsaIdentity implements Identity {
  readonly #tag: string;
  readonly #key: KeyObject;

  constructor(secret: SshSecretKey & { readonly kind: "ssh-rsa" }) {
    this.#tag = sshKeyTag(secret.blob);
    this.#key = createPrivateKey({ key: Buffer.from(secret.pkcs8), format: "der", type: "pkcs8" });
  }

  unwrapFileKey(stanzas: Stanza[]): Uint8Array | null {
    const isMine = ({ args: [type, tag, ...more] }: Stanza): boolean => {
      if (type !== "ssh-rsa") return false;
      if (tag === undefined || more.length > 0) throw malformed(type);
      return tag === this.#tag;
    };
    return firstOpened(stanzas, isMine, (stanza) => {
      const fileKey = attempt(() => new Uint8Array(privateDecrypt({ key: this.#key, ...oaep }, stanza.body)));
      if (fileKey !== null && fileKey.length !== fileKeyBytes) throw malformed("ssh-rsa");
      return fileKey;
    });
  }
}

/**
 * The recipient for an SSH public key, given parsed or as a line of `authorized_keys`.
 *
 * @throws FlurryError FLURRY_SSH_KEY_INVALID, FLURRY_SSH_KEY_UNSUPPORTED
 */
export function sshRecipient(key: SshPublicKey | string): Recipient {
  const parsed = typeof key === "string" ? parseSshPublicKey(key) : key;
  return parsed.kind === "ssh-ed25519" ? new SshEd25519Recipient(parsed) : new SshRsaRecipient(parsed);
}

/** The identity for an opened SSH private key. */
export function sshIdentity(secret: SshSecretKey): Identity {
  parseSshPublicKeyBlob(secret.blob);
  return secret.kind === "ssh-ed25519" ? new SshEd25519Identity(secret) : new SshRsaIdentity(secret);
}

/** The X25519 scalar of an ed25519 seed (RFC 8032, section 5.1.5); clamping is left to X25519. */
export function ed25519Scalar(seed: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha512").update(seed).digest().subarray(0, 32));
}

function ed25519WrapKey(input: {
  readonly blob: Uint8Array;
  readonly montgomery: Uint8Array;
  readonly share: Uint8Array;
  readonly shared: Uint8Array;
}): Uint8Array {
  // The tweak binds the stanza to the SSH key, so that it is of no use where the same point serves something else.
  const tweak = hkdf(sha256, new Uint8Array(0), input.blob, ed25519Label, 32);
  const tweaked = x25519.scalarMult(tweak, input.shared);
  return hkdf(sha256, tweaked, Buffer.concat([input.share, input.montgomery]), ed25519Label, 32);
}

/** More keys with one tag than this do not meet by chance; each try costs up to a second with a long RSA key. */
const maxCandidates = 16;

/**
 * Tags are four bytes long and may collide: a stanza that has the tag but does not open may be another key's,
 * so the search goes on.
 *
 * @param isMine - whether the stanza carries the key's tag
 */
function firstOpened(
  stanzas: readonly Stanza[],
  isMine: (stanza: Stanza) => boolean,
  open: (stanza: Stanza) => Uint8Array | null,
): Uint8Array | null {
  const candidates = stanzas.filter(isMine);
  if (candidates.length > maxCandidates)
    throw new FlurryError("FLURRY_AGE_TOO_LARGE", `The age file has ${candidates.length} stanzas for one SSH key`);
  for (const candidate of candidates) {
    const fileKey = open(candidate);
    if (fileKey !== null) return fileKey;
  }
  return null;
}

function attempt(open: () => Uint8Array): Uint8Array | null {
  try {
    return open();
  } catch {
    return null;
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

/** `undefined` for a point of small order, whose product is all zeros. */
function multiply(scalar: Uint8Array, point: Uint8Array): Uint8Array | undefined {
  try {
    return x25519.scalarMult(scalar, point);
  } catch {
    return undefined;
  }
}

function malformed(type: string): FlurryError {
  return new FlurryError("FLURRY_AGE_HEADER_INVALID", `A stanza of type ${type} in the age file is malformed`);
}
