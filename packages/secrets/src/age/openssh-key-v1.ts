import { createPrivateKey } from "node:crypto";

import { FlurryError } from "@flurry/core";
import { ed25519 } from "@noble/curves/ed25519.js";
import { base64urlnopad } from "@scure/base";

import { bcryptKdf } from "./bcrypt-kdf.ts";
import { sshKeyCipher } from "./ssh-key-cipher.ts";
import type { SshKeyCipher } from "./ssh-key-cipher.ts";
import { parseSshPublicKeyBlob } from "./ssh-public-key.ts";
import type { SshPublicKey } from "./ssh-public-key.ts";
import type { SshSecretKey } from "./ssh-secret-key.ts";
import { SshWireReader } from "./ssh-wire.ts";

/**
 * The outside of a private key in OpenSSH's own format, readable without its passphrase.
 * Format: PROTOCOL.key of OpenSSH.
 */
export interface OpenSshKeyV1 {
  readonly cipher: SshKeyCipher;
  /** bcrypt's parameters; `undefined` for a key without a passphrase. */
  readonly kdf: { readonly salt: Uint8Array; readonly rounds: number } | undefined;
  readonly publicKey: SshPublicKey;
  readonly data: Uint8Array;
  readonly tag: Uint8Array;
}

const magic = Buffer.from("openssh-key-v1\0", "latin1");
/** `ssh-keygen -a` beyond this takes the better part of a minute here; a hostile file could ask for 2^32. */
const maxRounds = 1024;

/**
 * Reads the outside of an openssh-key-v1 container.
 *
 * @throws FlurryError FLURRY_SSH_KEY_INVALID, FLURRY_SSH_KEY_UNSUPPORTED
 */
export function parseOpenSshKeyV1(bytes: Uint8Array): OpenSshKeyV1 {
  const reader = new SshWireReader(bytes, "The SSH private key");
  if (bytes.length < magic.length || !magic.equals(reader.take(magic.length)))
    throw new FlurryError("FLURRY_SSH_KEY_INVALID", "The SSH private key does not begin with openssh-key-v1");
  const cipherName = reader.text();
  const cipher = sshKeyCipher(cipherName);
  const kdf = parseKdf({ name: reader.text(), options: reader.string() });
  if ((kdf === undefined) !== (cipherName === "none"))
    throw new FlurryError("FLURRY_SSH_KEY_INVALID", "The SSH private key names a cipher without a key for it");
  if (reader.uint32() !== 1)
    throw new FlurryError("FLURRY_SSH_KEY_UNSUPPORTED", "The SSH private key file does not hold exactly one key");
  const publicKey = parseSshPublicKeyBlob(reader.string());
  const data = reader.string();
  if (data.length === 0 || data.length % cipher.blockBytes !== 0)
    throw new FlurryError(
      "FLURRY_SSH_KEY_INVALID",
      "The SSH private key is damaged: its secret part has an impossible length",
    );
  const tag = reader.take(cipher.tagBytes);
  reader.end();
  return { cipher, kdf, publicKey, data, tag };
}

/**
 * Decrypts the secret part.
 *
 * @param passphrase - ignored when the key has none
 * @throws FlurryError FLURRY_SSH_KEY_PASSPHRASE_WRONG, FLURRY_SSH_KEY_INVALID
 */
export async function openOpenSshKeyV1(
  key: OpenSshKeyV1,
  passphrase: string,
  signal?: AbortSignal,
): Promise<SshSecretKey> {
  const { cipher, kdf, data, tag } = key;
  if (kdf === undefined) return parseSecretPart(data, key.publicKey);
  if (passphrase === "") throw wrongPassphrase();
  const material = await bcryptKdf({ ...kdf, passphrase, length: cipher.keyBytes + cipher.ivBytes }, signal);
  let plain: Uint8Array;
  try {
    plain = cipher.decrypt({
      key: material.subarray(0, cipher.keyBytes),
      iv: material.subarray(cipher.keyBytes),
      data,
      tag,
    });
  } catch (cause) {
    throw wrongPassphrase(cause);
  } finally {
    material.fill(0);
  }
  // Ciphers without a tag show a wrong passphrase by two numbers that should be the same.
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  if (plain.length < 8 || view.getUint32(0) !== view.getUint32(4)) throw wrongPassphrase();
  return parseSecretPart(plain, key.publicKey);
}

function wrongPassphrase(cause?: unknown): FlurryError {
  return new FlurryError("FLURRY_SSH_KEY_PASSPHRASE_WRONG", "The passphrase of the SSH private key is wrong", {
    cause,
  });
}

function parseKdf({ name, options }: { readonly name: string; readonly options: Uint8Array }): OpenSshKeyV1["kdf"] {
  const reader = new SshWireReader(options, "The SSH private key");
  if (name === "none") {
    reader.end();
    return undefined;
  }
  if (name !== "bcrypt")
    throw new FlurryError(
      "FLURRY_SSH_KEY_UNSUPPORTED",
      "The SSH private key derives its key in a way that Flurry does not know",
    );
  const salt = reader.string();
  const rounds = reader.uint32();
  reader.end();
  if (salt.length === 0 || salt.length > 1024 || rounds === 0)
    throw new FlurryError(
      "FLURRY_SSH_KEY_INVALID",
      "The SSH private key is damaged: bcrypt cannot work with its parameters",
    );
  if (rounds > maxRounds)
    throw new FlurryError(
      "FLURRY_SSH_KEY_UNSUPPORTED",
      `The SSH private key asks for ${rounds} rounds of bcrypt; Flurry does at most ${maxRounds}`,
      {
        hint: "Encrypt it anew with fewer rounds: ssh-keygen -p -a 100 -f FILE.",
      },
    );
  return { salt, rounds };
}

function parseSecretPart(plain: Uint8Array, publicKey: SshPublicKey): SshSecretKey {
  const reader = new SshWireReader(plain, "The SSH private key");
  if (reader.uint32() !== reader.uint32())
    throw new FlurryError("FLURRY_SSH_KEY_INVALID", "The SSH private key is damaged: its check numbers differ");
  const type = reader.text();
  if (type !== publicKey.kind) throw mismatch();
  const secret =
    publicKey.kind === "ssh-ed25519" ? readEd25519(reader, publicKey.blob) : readRsa(reader, publicKey.blob);
  reader.string(); // the comment
  const padding = reader.take(reader.remaining);
  if (padding.some((byte, index) => byte !== ((index + 1) & 0xff)))
    throw new FlurryError("FLURRY_SSH_KEY_INVALID", "The SSH private key is damaged: its padding is wrong");
  return secret;
}

function readEd25519(reader: SshWireReader, blob: Uint8Array): SshSecretKey {
  const point = reader.string();
  const both = reader.string();
  if (point.length !== 32 || both.length !== 64) throw mismatch();
  const seed = Uint8Array.from(both.subarray(0, 32));
  const derived = Buffer.from(ed25519.getPublicKey(seed));
  if (!derived.equals(point) || !derived.equals(both.subarray(32)) || !derived.equals(blob.subarray(-32)))
    throw mismatch();
  return { kind: "ssh-ed25519", blob, seed };
}

function readRsa(reader: SshWireReader, blob: Uint8Array): SshSecretKey {
  const [n, e, d, iqmp, p, q] = [0, 1, 2, 3, 4, 5].map(() => reader.mpint());
  const publicPart = new SshWireReader(blob, "The SSH public key");
  publicPart.string();
  const [blobE, blobN] = [publicPart.mpint(), publicPart.mpint()];
  if (n === undefined || e === undefined || d === undefined || iqmp === undefined || p === undefined || q === undefined)
    throw mismatch();
  if (Buffer.compare(n, blobN) !== 0 || Buffer.compare(e, blobE) !== 0) throw mismatch();
  const [numberD, numberP, numberQ] = [toBigInt(d), toBigInt(p), toBigInt(q)];
  if (numberP < 3n || numberQ < 3n || numberP * numberQ !== toBigInt(n)) throw mismatch();
  const jwk = {
    kty: "RSA",
    n: encode(n),
    e: encode(e),
    d: encode(d),
    p: encode(p),
    q: encode(q),
    dp: encode(fromBigInt(numberD % (numberP - 1n))),
    dq: encode(fromBigInt(numberD % (numberQ - 1n))),
    qi: encode(iqmp),
  };
  try {
    const key = createPrivateKey({ key: jwk, format: "jwk" });
    return { kind: "ssh-rsa", blob, pkcs8: new Uint8Array(key.export({ format: "der", type: "pkcs8" })) };
  } catch {
    throw mismatch();
  }
}

function mismatch(): FlurryError {
  return new FlurryError(
    "FLURRY_SSH_KEY_INVALID",
    "The SSH private key is damaged: its secret part does not belong to its public part",
  );
}

const encode = (bytes: Uint8Array): string => base64urlnopad.encode(bytes);
const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);

function fromBigInt(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex"));
}
