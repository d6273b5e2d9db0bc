import type { Complaint } from "../complaint.ts";

const keyTypes = new Set([
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
]);

const hint = "copy the line of /etc/ssh/ssh_host_ed25519_key.pub, or of ssh-keyscan without the address";

/**
 * Why a text is not an OpenSSH public key (`<type> <base64> [comment]`, RFC 4253 section 6.6), or undefined if it is.
 * The text is never part of the answer, since it may be a private key by mistake. The type that the encoded key names itself must be the type in front.
 */
export function checkPublicKey(line: string): Complaint | undefined {
  if (/PRIVATE KEY/.test(line)) {
    return {
      message: "this is a private key",
      hint: "give the public key, and replace the private one: it has leaked",
    };
  }
  const [type = "", blob = ""] = line.trim().split(/[ \t]+/);
  if (!keyTypes.has(type)) {
    return { message: "this is not an ssh public key: it begins with no key type", hint };
  }
  if (/[\r\n\0]/.test(line.trim())) return { message: "the ssh public key has more than one line", hint };
  if (encodedType(blob) !== type) {
    return { message: `the ssh public key is damaged: its base64 does not hold a key of type ${type}`, hint };
  }
  return undefined;
}

/** A public key without its comment: `<type> <base64>`. */
export function normalizePublicKey(line: string): string {
  return line
    .trim()
    .split(/[ \t]+/)
    .slice(0, 2)
    .join(" ");
}

function encodedType(blob: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(blob)) return undefined;
  const bytes = Buffer.from(blob, "base64");
  if (bytes.length < 4) return undefined;
  const length = bytes.readUInt32BE(0);
  return bytes.length > 4 + length ? bytes.toString("latin1", 4, 4 + length) : undefined;
}
