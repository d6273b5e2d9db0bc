import { FlurryError } from "@flurry/core";
import type { Algorithms, CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from "ssh2";

import type { ResolvedSshOptions } from "./options.ts";

// What ssh2 speaks and still is secure, fastest first. Without its native part ssh2 is slow at chacha20.
const kex: readonly KexAlgorithm[] = [
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "ecdh-sha2-nistp256",
  "ecdh-sha2-nistp384",
  "ecdh-sha2-nistp521",
  "diffie-hellman-group-exchange-sha256",
  "diffie-hellman-group14-sha256",
  "diffie-hellman-group16-sha512",
  "diffie-hellman-group18-sha512",
  "diffie-hellman-group14-sha1",
];
const ciphers: readonly CipherAlgorithm[] = [
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
  "chacha20-poly1305@openssh.com",
  "aes256-cbc",
  "aes128-cbc",
];
const macs: readonly MacAlgorithm[] = [
  "hmac-sha2-256-etm@openssh.com",
  "hmac-sha2-512-etm@openssh.com",
  "hmac-sha1-etm@openssh.com",
  "hmac-sha2-256",
  "hmac-sha2-512",
  "hmac-sha1",
];
const hostKeys: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
];

/**
 * The algorithms to offer: those that the user's OpenSSH would offer and that can be spoken here. Host keys of trusted
 * types come first, as with OpenSSH, so that a host is asked for the key that is known of it.
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID when nothing is left
 */
export function chooseAlgorithms(options: ResolvedSshOptions, trustedTypes: ReadonlySet<string>): Algorithms {
  const offered = allowed("HostKeyAlgorithms", hostKeys, options.hostKeyAlgorithms);
  const isTrusted = (algorithm: string): boolean => trustedTypes.has(keyTypeOf(algorithm));
  return {
    kex: allowed("KexAlgorithms", kex, options.kexAlgorithms),
    cipher: allowed("Ciphers", ciphers, options.ciphers),
    hmac: allowed("MACs", macs, options.macs),
    serverHostKey: [...offered.filter(isTrusted), ...offered.filter((algorithm) => !isTrusted(algorithm))],
    compress: options.compression ? ["zlib@openssh.com", "none"] : ["none"],
  };
}

/** The type of the key that an algorithm signs with: RSA keys have several algorithms. */
function keyTypeOf(algorithm: string): string {
  return algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm;
}

function allowed<T extends string>(setting: string, spoken: readonly T[], permitted: readonly string[]): T[] {
  // An OpenSSH that does not print the setting leaves the choice to us.
  const chosen = permitted.length === 0 ? [...spoken] : spoken.filter((name) => permitted.includes(name));
  if (chosen.length > 0) return chosen;
  throw new FlurryError("FLURRY_SSH_CONFIG_INVALID", `${setting} permits only ${permitted.join(", ")}`, {
    hint: `Permit one of ${spoken.join(", ")} as well.`,
  });
}
