import { createHash } from "node:crypto";

import { FlurryError } from "@flurry/core";

/** A public key in the encoding that SSH sends (RFC 4253, section 6.6). */
export interface PublicKey {
  /** "ssh-ed25519", "ssh-rsa", … */
  readonly type: string;
  readonly blob: Buffer;
}

/**
 * Reads "ssh-ed25519 AAAA… comment".
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID
 */
export function parsePublicKey(line: string): PublicKey {
  const [type = "", base64 = ""] = line.trim().split(/\s+/);
  const key = readPublicKey(type, base64);
  if (key !== undefined) return key;
  throw new FlurryError("FLURRY_SSH_CONFIG_INVALID", `${JSON.stringify(shorten(line))} is not a public key`, {
    hint: 'A public key is written "ssh-ed25519 AAAAC3…", as in /etc/ssh/ssh_host_ed25519_key.pub of the host.',
  });
}

/** The key of two words of a line, or undefined where they are none. */
export function readPublicKey(type: string, base64: string): PublicKey | undefined {
  if (!/^[A-Za-z0-9+/]{16,}={0,2}$/.test(base64)) return undefined;
  const blob = Buffer.from(base64, "base64");
  return keyType(blob) === type ? { type, blob } : undefined;
}

/** The type that a key names itself, or undefined for bytes that are no key. */
export function keyType(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  return length > 0 && length <= 64 && blob.length > 4 + length ? blob.toString("latin1", 4, 4 + length) : undefined;
}

/** "SHA256:…", as `ssh-keygen -l` prints it. */
export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** "ssh-ed25519 AAAA…". */
export function formatPublicKey({ type, blob }: PublicKey): string {
  return `${type} ${blob.toString("base64")}`;
}

/** "ssh-ed25519 key SHA256:…": how errors call a key. */
export function keyName(key: PublicKey): string {
  return `${key.type} key ${fingerprint(key.blob)}`;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
