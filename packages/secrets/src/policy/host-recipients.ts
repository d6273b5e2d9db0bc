import { FlurryError } from "@flurry/core";
import type { Issue } from "@flurry/core";

import { parseRecipient } from "../age/recipient.ts";
import { parseSshPublicKey } from "../age/ssh-public-key.ts";
import { sshToAgeRecipient } from "../age/ssh-to-age.ts";

/** The recipients that a host's keys make, for the program that will open the files on the host. */
export interface HostRecipientKeys {
  readonly recipients: readonly string[];
  /** Keys that are of no use there. */
  readonly issues: readonly Issue[];
}

/**
 * The form of a host's public ssh keys that the consumer on the host can open files with: for sops-nix, which converts
 * the host's ed25519 key, the X25519 recipient that belongs to it (`age1…`); for agenix the ssh key itself.
 * What is an age recipient already stays as it is.
 *
 * @param keys - lines such as `ssh-ed25519 AAAA…`, or recipients of age
 */
export function hostRecipientKeys(
  backend: "sops" | "agenix",
  keys: readonly string[],
  options: { readonly host?: string } = {},
): HostRecipientKeys {
  const issues: Issue[] = [];
  const recipients = keys.flatMap((key): string[] => {
    try {
      if (key.startsWith("age1")) {
        parseRecipient(key.trim());
        return [key.trim()];
      }
      const parsed = parseSshPublicKey(key);
      if (backend === "agenix") return [key.trim()];
      return [sshToAgeRecipient(parsed)];
    } catch (error) {
      const { message, hint } = FlurryError.from(error);
      const of = options.host === undefined ? "" : ` of ${options.host}`;
      issues.push({
        code: "host-key-unusable",
        severity: "warning",
        path: [],
        message: `A key${of} cannot be a recipient: ${message}`,
        ...(hint === undefined ? {} : { hint }),
      });
      return [];
    }
  });
  return { recipients: [...new Set(recipients)], issues };
}
