import type { Issue } from "@flurry/core";
import { checkRecipient } from "@flurry/schema";
import type { Host, SecretsPolicy } from "@flurry/schema";

import { anchorsOf } from "./anchors.ts";

/** The public keys that secrets are encrypted to for each host, by its name. */
export type HostRecipients = ReadonlyMap<string, readonly string[]>;

/** Where the keys of hosts come from. */
export interface RecipientsOptions {
  /** What the caller knows; undefined or empty where it knows nothing. */
  readonly recipients?: ((host: Host) => readonly string[] | undefined) | undefined;
  /** The `.sops.yaml` that is there. */
  readonly sopsYaml: string | undefined;
}

/**
 * The keys of the hosts. For sops they are what the caller says, else what the `.sops.yaml` that is there calls by the host's
 * name, so that rendering never takes a host's access away by forgetting. For agenix they are, unless the caller says
 * otherwise, the ssh host keys that the fleet pins and age can encrypt to.
 */
export function hostRecipients(
  hosts: readonly Host[],
  policy: SecretsPolicy,
  { recipients, sopsYaml }: RecipientsOptions,
): HostRecipients {
  const anchors = anchorsOf(sopsYaml ?? "");
  const admins = new Set(policy.admins.map(({ name }) => name));
  return new Map(
    hosts.map((host) => {
      const given = recipients?.(host) ?? [];
      if (given.length > 0) return [host.name, given];
      if (policy.backend === "agenix")
        return [host.name, host.hostKeys.filter((key) => /^ssh-(?:ed25519|rsa) /.test(key))];
      const known = admins.has(host.name) || /__\d+$/.test(host.name) ? undefined : anchors.get(host.name);
      return [host.name, known === undefined || checkRecipient(known) !== undefined ? [] : [known]];
    }),
  );
}

/** One warning for each host that is to read secrets and has no key. */
export function missingRecipients(policy: SecretsPolicy, recipients: HostRecipients): readonly Issue[] {
  const reading = new Set(policy.files.flatMap(({ hosts }) => hosts));
  return [...reading]
    .filter((name) => (recipients.get(name) ?? []).length === 0)
    .map((name) => ({
      code: "host-without-key",
      severity: "warning",
      path: ["hosts", name],
      message: "no key of this host is known, so its secrets cannot be encrypted to it",
      hint: "pin the host's public ssh key as hostKey",
    }));
}
