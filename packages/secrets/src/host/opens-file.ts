import { basename } from "node:path";

import type { AgeInspection, InspectedRecipient } from "../age/inspect.ts";
import { matchStanza } from "../age/recipient-tags.ts";
import { parseRecipient } from "../age/recipient.ts";
import { hostRecipientKeys } from "../policy/host-recipients.ts";
import type { Metadata } from "../sops/metadata.ts";
import type { AgenixSecrets, SopsNixSecrets } from "./host-secrets.ts";

/** Whether a host can open a file, as far as can be told from its public keys. */
export type Opens = "yes" | "no" | "unknown";

/**
 * Whether sops-nix on a host opens a SOPS file. It converts the host's ed25519 key and takes no ssh stanzas; a key of a
 * cloud may be at the host's hand without anybody here knowing.
 *
 * @param hostKeys - the host's public ssh keys; without any nothing can be told
 */
export function sopsNixOpens(
  { groups, threshold }: Pick<Metadata, "groups" | "threshold">,
  host: SopsNixSecrets,
  hostKeys: readonly string[],
): Opens {
  const { recipients } = hostRecipientKeys("sops", hostKeys);
  if (recipients.length === 0 || host.hasAgeKeyFile || !useHostKeys(host.sshKeyPaths)) return "unknown";
  const opened = groups.map((group): Opens => {
    if (group.some(({ type, id }) => type === "age" && recipients.includes(id.trim()))) return "yes";
    return group.some(({ type }) => type !== "age" && (type !== "pgp" || host.hasPgp)) ? "unknown" : "no";
  });
  const needed = groups.length > 1 ? (threshold ?? groups.length) : 1;
  const sure = opened.filter((one) => one === "yes").length;
  if (sure >= needed) return "yes";
  return opened.filter((one) => one !== "no").length >= needed ? "unknown" : "no";
}

/**
 * Whether agenix on a host opens an age file. The stanzas for ssh keys tell whose they are.
 *
 * @param hostKeys - the host's public ssh keys; without any nothing can be told
 */
export function agenixOpens({ recipients }: AgeInspection, host: AgenixSecrets, hostKeys: readonly string[]): Opens {
  const { recipients: keys } = hostRecipientKeys("agenix", hostKeys);
  if (keys.length === 0 || !useHostKeys(host.identityPaths)) return "unknown";
  const known = keys.map((key) => parseRecipient(key));
  if (recipients.some((one) => known.some((key) => matchStanza(one, key) === "yes"))) return "yes";
  return recipients.some((one) => one.kind === "ssh" && !pinsKind(one, keys)) ? "unknown" : "no";
}

/** Of a host with one pinned key it is not known which others it has. */
function pinsKind({ stanza }: InspectedRecipient, keys: readonly string[]): boolean {
  return keys.some((key) => key.startsWith(`${stanza.type} `));
}

/** What is pinned are the keys of the host's sshd, wherever they are kept. */
function useHostKeys(paths: readonly string[]): boolean {
  return paths.length > 0 && paths.every((path) => /^ssh_host_\w+_key$/.test(basename(path)));
}
