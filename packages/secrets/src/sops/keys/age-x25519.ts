import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  timingSafeEqual,
} from "node:crypto";
import type { KeyObject } from "node:crypto";

import { bech32 } from "@scure/base";

import { ephemeralX25519 } from "../../age/ephemeral-x25519.ts";
import { freshBytes } from "../fresh-bytes.ts";
import { hmacSha256 } from "./hmac-sha256.ts";

/*
 * The one form of age file that nearly every SOPS file has many of: a short payload for a single X25519 recipient.
 * Done with OpenSSL's X25519 it takes a twentieth of the time of the general implementation, which matters when a
 * thousand files are rekeyed. Everything else goes through age-encryption. Format: https://age-encryption.org/v1
 */

const version = "age-encryption.org/v1";
const [labelInfo, headerInfo, payloadInfo] = [infoOf(`${version}/X25519`), infoOf("header"), infoOf("payload")];
const privatePrefix = Buffer.from("302e020100300506032b656e04220420", "hex");
const noBytes = Buffer.alloc(0);
const zeroNonce = Buffer.alloc(12);
const lastChunkNonce = Buffer.from("000000000000000000000001", "hex");

/** A public key as age writes it: `age1…`. */
export interface X25519Recipient {
  readonly point: Buffer;
  readonly key: KeyObject;
}

/** A private key as age writes it: `AGE-SECRET-KEY-1…`. */
export interface X25519Identity {
  readonly key: KeyObject;
  /** The recipient that it belongs to. */
  readonly recipient: string;
  readonly point: Buffer;
}

/** @returns undefined for text of another kind or with a mistake */
export function parseX25519Recipient(text: string): X25519Recipient | undefined {
  const point = decode(text, "age");
  if (point === undefined) return undefined;
  return { point, key: publicKey(point) };
}

/** @returns undefined for text of another kind or with a mistake */
export function parseX25519Identity(text: string): X25519Identity | undefined {
  const scalar = decode(text, "age-secret-key-");
  if (scalar === undefined) return undefined;
  const key = createPrivateKey({ key: Buffer.concat([privatePrefix, scalar]), format: "der", type: "pkcs8" });
  const point = pointOf(createPublicKey(key));
  return { key, point, recipient: bech32.encodeFromBytes("age", point) };
}

function decode(text: string, prefix: string): Buffer | undefined {
  if (!text.toLowerCase().startsWith(`${prefix}1`) || text.length > 120) return undefined;
  try {
    const decoded = bech32.decodeToBytes(text);
    return decoded.prefix === prefix && decoded.bytes.length === 32 ? Buffer.from(decoded.bytes) : undefined;
  } catch {
    return undefined;
  }
}

// As JWK the bare bytes go in and out; OpenSSL 3 takes longer to decode DER than to multiply points.
function publicKey(point: Buffer): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv: "X25519", x: point.toString("base64url") }, format: "jwk" });
}

function pointOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url");
}

/**
 * An armored age file with one X25519 stanza.
 *
 * @param payload - at most one chunk of age's payload encryption, 64 KiB
 */
export function wrapX25519(payload: Uint8Array, recipient: X25519Recipient): string {
  const fileKey = freshBytes(16);
  const { privateKey, share } = ephemeralX25519();
  const shared = diffieHellman({ privateKey, publicKey: recipient.key });
  const wrapKey = hkdf(shared, Buffer.concat([share, recipient.point]), labelInfo);
  const body = seal(wrapKey, zeroNonce, fileKey);
  const head = `${version}\n-> X25519 ${unpadded(share)}\n${unpadded(body)}\n---`;
  const nonce = freshBytes(16);
  const sealed = seal(hkdf(fileKey, nonce, payloadInfo), lastChunkNonce, payload);
  return armor(Buffer.concat([Buffer.from(`${head} ${unpadded(headerMac(fileKey, head))}\n`), nonce, sealed]));
}

/** How {@link unwrapX25519} ended. */
export type UnwrapResult =
  | { readonly kind: "opened"; readonly payload: Buffer }
  /** Not this file's recipient. */
  | { readonly kind: "other-key" }
  /** Not the one form that is read here. */
  | { readonly kind: "other-form" }
  | { readonly kind: "damaged"; readonly reason: string };

const fileShape =
  /^(age-encryption\.org\/v1\n-> X25519 ([A-Za-z0-9+/]{43})\n([A-Za-z0-9+/]{43})\n---) ([A-Za-z0-9+/]{43})\n/;

/** Opens an armored age file whose only stanza is of the kind X25519. */
export function unwrapX25519(armored: string, identity: X25519Identity): UnwrapResult {
  const file = parseFile(armored);
  if (file === undefined) return { kind: "other-form" };
  const { head, share, body, mac, nonce, sealed } = file;
  const shared = agree(identity.key, share);
  if (shared === undefined) return { kind: "damaged", reason: "its share is a point of low order" };
  const fileKey = open(hkdf(shared, Buffer.concat([share, identity.point]), labelInfo), zeroNonce, body);
  if (fileKey === undefined) return { kind: "other-key" };
  if (!timingSafeEqual(headerMac(fileKey, head), mac)) return { kind: "damaged", reason: "its header was changed" };
  const payload = open(hkdf(fileKey, nonce, payloadInfo), lastChunkNonce, sealed);
  if (payload === undefined) return { kind: "damaged", reason: "its payload was changed" };
  return { kind: "opened", payload };
}

interface AgeFile {
  /** What the MAC is over. */
  readonly head: string;
  readonly share: Buffer;
  /** The sealed file key of 16 bytes. */
  readonly body: Buffer;
  readonly mac: Buffer;
  readonly nonce: Buffer;
  readonly sealed: Buffer;
}

function parseFile(armored: string): AgeFile | undefined {
  const file = unarmor(armored);
  const match = file === undefined ? null : fileShape.exec(file.toString("latin1", 0, 300));
  if (file === undefined || match === null) return undefined;
  const [whole, head = "", ...fields] = match;
  const [share, body, mac] = fields.map(canonical);
  if (share === undefined || body === undefined || mac === undefined) return undefined;
  const rest = file.subarray(whole.length);
  return { head, share, body, mac, nonce: rest.subarray(0, 16), sealed: rest.subarray(16) };
}

function agree(privateKey: KeyObject, share: Buffer): Buffer | undefined {
  try {
    return diffieHellman({ privateKey, publicKey: publicKey(share) });
  } catch {
    return undefined;
  }
}

/**
 * HKDF with SHA-256 and 32 bytes of output (RFC 5869): two HMACs, which take a fraction of what `hkdfSync` does.
 *
 * @param info - with the number of the only block of output behind it
 */
function hkdf(key: Uint8Array, salt: Uint8Array, info: Uint8Array): Buffer {
  return hmacSha256(hmacSha256(salt, key), info);
}

function infoOf(text: string): Buffer {
  return Buffer.from(`${text}\u0001`, "latin1");
}

function headerMac(fileKey: Uint8Array, head: string): Buffer {
  return hmacSha256(hkdf(fileKey, noBytes, headerInfo), Buffer.from(head, "latin1"));
}

function seal(key: Buffer, nonce: Buffer, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < 16) return undefined;
  const decipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function unpadded(bytes: Buffer): string {
  const text = bytes.toString("base64");
  const padding = text.indexOf("=");
  return padding === -1 ? text : text.slice(0, padding);
}

/** 32 bytes of base64 without padding whose last digit has no stray bits. */
function canonical(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === 32 && unpadded(bytes) === text ? bytes : undefined;
}

const armorBegin = "-----BEGIN AGE ENCRYPTED FILE-----";
const armorEnd = "-----END AGE ENCRYPTED FILE-----";

function armor(file: Buffer): string {
  const lines = file.toString("base64").match(/.{1,64}/g) ?? [];
  return `${armorBegin}\n${lines.join("\n")}\n${armorEnd}\n`;
}

function unarmor(text: string): Buffer | undefined {
  if (text.length > 4096) return undefined;
  const lines = text.trim().split(/\r?\n/);
  if (lines.shift() !== armorBegin || lines.pop() !== armorEnd) return undefined;
  if (lines.some((line, index) => (index < lines.length - 1 ? line.length !== 64 : line.length > 64))) return undefined;
  const base64 = lines.join("");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const bytes = Buffer.from(base64, "base64");
  return bytes.toString("base64") === base64 ? bytes : undefined;
}
