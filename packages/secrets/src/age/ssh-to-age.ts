import { FlurryError } from "@flurry/core";
import type { Issue } from "@flurry/core";
import { ed25519 } from "@noble/curves/ed25519.js";
import { bech32 } from "@scure/base";

import { parseSshPublicKey } from "./ssh-public-key.ts";
import type { KeySourceOptions, SshPublicKey } from "./ssh-public-key.ts";
import type { SshSecretKey } from "./ssh-secret-key.ts";
import { ed25519Scalar } from "./ssh-stanzas.ts";

/**
 * The X25519 recipient (`age1…`) of an ed25519 SSH public key, as ssh-to-age makes it. sops-nix opens files with the
 * matching converted host key, and cannot open those encrypted to the SSH key itself.
 *
 * @param key - parsed, or a line of `authorized_keys` or `known_hosts`
 * @throws FlurryError FLURRY_SSH_KEY_UNSUPPORTED for RSA, FLURRY_SSH_KEY_INVALID
 */
export function sshToAgeRecipient(key: SshPublicKey | string, options: KeySourceOptions = {}): string {
  const parsed = typeof key === "string" ? parseSshPublicKey(key, options) : key;
  if (parsed.kind !== "ssh-ed25519") throw onlyEd25519(options);
  return bech32.encodeFromBytes("age", ed25519.utils.toMontgomery(parsed.point));
}

/**
 * The X25519 identity (`AGE-SECRET-KEY-1…`) of an opened ed25519 SSH private key, as ssh-to-age makes it.
 *
 * @throws FlurryError FLURRY_SSH_KEY_UNSUPPORTED for RSA
 */
export function sshToAgeIdentity(secret: SshSecretKey): string {
  if (secret.kind !== "ssh-ed25519") throw onlyEd25519({});
  return bech32.encodeFromBytes("AGE-SECRET-KEY-", ed25519Scalar(secret.seed)).toUpperCase();
}

/** What {@link sshToAgeRecipients} made of a file. */
export interface ConvertedRecipients {
  readonly recipients: readonly { readonly recipient: string; readonly line: number }[];
  /** Keys that cannot be converted, as warnings, and lines that are no keys, as errors. */
  readonly issues: readonly Issue[];
}

/**
 * Converts every ed25519 key of an `authorized_keys` or `known_hosts` file or of ssh-keyscan's output.
 * Keys of other types are skipped with a warning, as ssh-to-age does.
 *
 * @param file - named in the issues
 */
export function sshToAgeRecipients(text: string, file: string): ConvertedRecipients {
  const recipients: { recipient: string; line: number }[] = [];
  const issues: Issue[] = [];
  for (const [index, content] of text.split("\n").entries()) {
    const trimmed = content.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const place = { file, line: index + 1 };
    try {
      recipients.push({ recipient: sshToAgeRecipient(trimmed, { place }), line: place.line });
    } catch (error) {
      const { code, message, hint } = FlurryError.from(error);
      const skipped = code === "FLURRY_SSH_KEY_UNSUPPORTED";
      if (!skipped && code !== "FLURRY_SSH_KEY_INVALID") throw error;
      issues.push({
        code: skipped ? "ssh-key-skipped" : "ssh-key-invalid",
        message,
        severity: skipped ? "warning" : "error",
        path: [],
        place,
        ...(hint === undefined ? {} : { hint }),
      });
    }
  }
  return { recipients, issues };
}

function onlyEd25519({ place }: KeySourceOptions): FlurryError {
  return new FlurryError("FLURRY_SSH_KEY_UNSUPPORTED", "Only ed25519 keys can be converted to age's own kind", {
    ...(place === undefined ? {} : { place }),
    hint: "Use the host's ssh_host_ed25519_key, or encrypt to the RSA key itself.",
  });
}
