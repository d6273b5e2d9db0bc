import { hash } from "node:crypto";

const blockBytes = 64;
const digestBytes = 32;

/**
 * HMAC with SHA-256 of a short message (RFC 2104). Two hashes in one call each leave nothing behind that the garbage
 * collector has to end, as an object for the HMAC does; of these a file would need some dozens.
 *
 * @param key - of at most 64 bytes, a block of SHA-256
 */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Buffer {
  if (key.length > blockBytes) throw new RangeError("A key of HMAC is longer than a block");
  const inner = Buffer.allocUnsafe(blockBytes + message.length);
  const outer = Buffer.allocUnsafe(blockBytes + digestBytes);
  for (let at = 0; at < blockBytes; at++) {
    const byte = key[at] ?? 0;
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  inner.set(message, blockBytes);
  outer.write(sha256(inner), blockBytes, "latin1");
  return Buffer.from(sha256(outer), "latin1");
}

/** As text of one character for each byte: Node makes that in a third of the time of a buffer. */
function sha256(bytes: Uint8Array): string {
  return hash("sha256", bytes, "binary");
}
