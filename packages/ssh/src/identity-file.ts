import { createPrivateKey } from "node:crypto";
import { readFile, stat } from "node:fs/promises";

import ssh2 from "ssh2";
import type { ParsedKey } from "ssh2";

import { isMissing } from "./known-hosts.ts";
import type { IdentityFileName } from "./options.ts";
import { keyType, readPublicKey } from "./public-key.ts";
import type { PublicKey } from "./public-key.ts";

/** What an identity file turned out to be. */
export type Identity =
  | { readonly kind: "private"; readonly file: string; readonly key: ParsedKey; readonly publicKey: PublicKey }
  /** Only the public half can be read; an agent may have the private one. */
  | { readonly kind: "public"; readonly file: string; readonly publicKey: PublicKey; readonly why: string }
  | { readonly kind: "unusable"; readonly file: string; readonly why: string }
  /** One of the files that OpenSSH looks for by itself, and that is not there. */
  | { readonly kind: "absent"; readonly file: string };

/** Reads an identity file: a private key in OpenSSH's or PEM format, or a public key that selects one of an agent. */
export async function readIdentityFile({ path: file, chosen }: IdentityFileName): Promise<Identity> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (!isMissing(error))
      return { kind: "unusable", file, why: error instanceof Error ? error.message : String(error) };
    const publicKey = await readPublicHalf(file);
    if (publicKey !== undefined) return { kind: "public", file, publicKey, why: "has only its public half here" };
    return chosen ? { kind: "unusable", file, why: "does not exist" } : { kind: "absent", file };
  }
  const publicKey = publicKeyOfText(text);
  if (publicKey !== undefined) return { kind: "public", file, publicKey, why: "is a public key" };
  if (await isOpenToOthers(file))
    return { kind: "unusable", file, why: "may be read by others (chmod 600 makes it usable)" };
  return readPrivateKey(file, text);
}

async function readPrivateKey(file: string, text: string): Promise<Identity> {
  const head = readOpenSshHead(text);
  if (head?.publicKey.type.startsWith("sk-") === true)
    return { kind: "public", file, publicKey: head.publicKey, why: "needs its security token" };
  if (head?.encrypted === true) return { kind: "public", file, publicKey: head.publicKey, why: "is encrypted" };
  const key = parsePrivateKey(text);
  if (!(key instanceof Error)) {
    const blob = key.getPublicSSH();
    return { kind: "private", file, key, publicKey: { type: keyType(blob) ?? key.type, blob } };
  }
  const why = isEncryptedPem(text) ? "is encrypted" : `cannot be read: ${key.message}`;
  const publicKey = await readPublicHalf(file);
  return publicKey === undefined ? { kind: "unusable", file, why } : { kind: "public", file, publicKey, why };
}

function parsePrivateKey(text: string): ParsedKey | Error {
  // The types do not say that several keys in one file come as an array.
  const parsed = ssh2.utils.parseKey(fromPkcs8(text) ?? text) as ParsedKey | Error | ParsedKey[];
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined) return new Error("it has no key");
  if (key instanceof Error) return key;
  return key.isPrivateKey() ? key : new Error("it has no private key");
}

/** ssh2 does not read PKCS#8, but Node does, and writes RSA and ECDSA keys in the older PEM formats. */
function fromPkcs8(text: string): string | undefined {
  if (!text.includes("-----BEGIN PRIVATE KEY-----")) return undefined;
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString();
    if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" }).toString();
  } catch {
    // Left to ssh2, which says what is wrong with it.
  }
  return undefined;
}

function isEncryptedPem(text: string): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text);
}

/**
 * The part of a private key in OpenSSH's own format that is readable without its passphrase (PROTOCOL.key): the magic,
 * then the strings cipher, kdf and kdf options, the number of keys and the public key.
 */
function readOpenSshHead(text: string): { publicKey: PublicKey; encrypted: boolean } | undefined {
  const base64 = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END OPENSSH PRIVATE KEY-----/.exec(
    text,
  )?.[1];
  if (base64 === undefined) return undefined;
  const bytes = Buffer.from(base64, "base64");
  const magic = "openssh-key-v1\0";
  if (bytes.toString("latin1", 0, magic.length) !== magic) return undefined;
  let at = magic.length;
  const next = (): Buffer | undefined => {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    const value = end > bytes.length ? undefined : bytes.subarray(at + 4, end);
    at = end;
    return value;
  };
  const [cipher] = [next(), next(), next()];
  at += 4;
  const blob = next();
  const type = blob === undefined ? undefined : keyType(blob);
  if (cipher === undefined || blob === undefined || type === undefined) return undefined;
  return { publicKey: { type, blob }, encrypted: cipher.toString("latin1") !== "none" };
}

async function readPublicHalf(file: string): Promise<PublicKey | undefined> {
  return readFile(`${file}.pub`, "utf8").then(publicKeyOfText, () => undefined);
}

function publicKeyOfText(text: string): PublicKey | undefined {
  const [type = "", base64 = ""] = text.trimStart().split(/\s+/, 2);
  return readPublicKey(type, base64);
}

/** OpenSSH ignores private keys of ours that others may read; so do we, or `nix copy` would fail where we succeed. */
async function isOpenToOthers(file: string): Promise<boolean> {
  const { uid, mode } = await stat(file);
  return uid === process.getuid?.() && (mode & 0o077) !== 0;
}
