import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

import { FlurryError } from "@flurry/core";

import type { AgeHeader } from "./header.ts";

const chunkBytes = 64 * 1024;
const tagBytes = 16;
const nonceBytes = 16;

/**
 * The MAC of a header.
 *
 * @param header - the header's bytes up to and including `---`
 */
export function headerMac(header: Uint8Array, fileKey: Uint8Array): Uint8Array {
  const key = new Uint8Array(hkdfSync("sha256", fileKey, new Uint8Array(0), "header", 32));
  return new Uint8Array(createHmac("sha256", key).update(header).digest());
}

/**
 * Checks a file key against the header it was taken from.
 *
 * @throws FlurryError FLURRY_AGE_HEADER_INVALID
 */
export function verifyHeaderMac(file: Uint8Array, { length, mac }: AgeHeader, fileKey: Uint8Array): void {
  // Behind the dashes: a blank, 43 characters of base64, a newline.
  const covered = file.subarray(0, length - 45);
  if (fileKey.length === 16 && timingSafeEqual(headerMac(covered, fileKey), mac)) return;
  throw new FlurryError("FLURRY_AGE_HEADER_INVALID", "The header of the age file was changed: its MAC is wrong", {
    hint: "Restore the file from git.",
  });
}

/** Encrypts the content of a file (age's STREAM): a nonce and chunks of 64 KiB. */
export function sealPayload(content: Uint8Array, fileKey: Uint8Array): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const key = payloadKey(fileKey, nonce);
  const count = Math.max(1, Math.ceil(content.length / chunkBytes));
  const parts: Uint8Array[] = [nonce];
  for (let index = 0; index < count; index++) {
    const chunk = content.subarray(index * chunkBytes, (index + 1) * chunkBytes);
    const cipher = createCipheriv("chacha20-poly1305", key, chunkNonce(index, count), { authTagLength: tagBytes });
    parts.push(cipher.update(chunk), cipher.final(), cipher.getAuthTag());
  }
  return Buffer.concat(parts);
}

/**
 * Decrypts the content of a file.
 *
 * @param payload - what follows the header
 * @throws FlurryError FLURRY_AGE_PAYLOAD_INVALID
 */
export function openPayload(payload: Uint8Array, fileKey: Uint8Array): Uint8Array {
  const encrypted = payload.subarray(nonceBytes);
  if (payload.length < nonceBytes + tagBytes) throw damaged();
  const key = payloadKey(fileKey, payload.subarray(0, nonceBytes));
  const count = Math.ceil(encrypted.length / (chunkBytes + tagBytes));
  const parts: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const chunk = encrypted.subarray(index * (chunkBytes + tagBytes), (index + 1) * (chunkBytes + tagBytes));
    // An empty chunk may only stand alone: otherwise one content had two encryptions.
    if (chunk.length < tagBytes || (chunk.length === tagBytes && count > 1)) throw damaged();
    const decipher = createDecipheriv("chacha20-poly1305", key, chunkNonce(index, count), { authTagLength: tagBytes });
    decipher.setAuthTag(chunk.subarray(-tagBytes));
    try {
      parts.push(decipher.update(chunk.subarray(0, -tagBytes)), decipher.final());
    } catch {
      throw damaged();
    }
  }
  const content = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    content.set(part, at);
    at += part.length;
  }
  return content;
}

function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", fileKey, nonce, "payload", 32));
}

/** The number of the chunk, and whether it is the last. */
function chunkNonce(index: number, count: number): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(index, 5, 6);
  nonce[11] = index === count - 1 ? 1 : 0;
  return nonce;
}

function damaged(): FlurryError {
  return new FlurryError(
    "FLURRY_AGE_PAYLOAD_INVALID",
    "The content of the age file is damaged, cut off or was changed",
    {
      hint: "Restore the file from git.",
    },
  );
}
