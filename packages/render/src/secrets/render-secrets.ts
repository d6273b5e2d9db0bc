import type { Issue } from "@flurry/core";
import type { Fleet, Host } from "@flurry/schema";

import { agenixRulesText } from "./agenix-rules.ts";
import { doubleSecrets, hostSecrets, hostSecretsText } from "./host-secrets.ts";
import type { DeclaredSecret } from "./host-secrets.ts";
import { hostRecipients, missingRecipients } from "./recipients.ts";
import { sopsYamlText } from "./sops-yaml.ts";

/** What the files for secrets depend on beside the fleet. */
export interface RenderSecretsOptions {
  readonly existing: (path: string) => string | undefined;
  readonly recipients?: (host: Host) => readonly string[] | undefined;
  readonly secrets?: readonly DeclaredSecret[];
}

/** The files for a fleet's secrets, without the head of generated files. */
export interface SecretsFiles {
  readonly files: readonly { readonly path: string; readonly body: string }[];
  /** The hosts that have a module in `secrets/hosts.nix`. */
  readonly hosts: ReadonlySet<string>;
  readonly warnings: readonly Issue[];
}

/** Renders who may read which secret, and what each host gets declared. */
export function renderSecrets(fleet: Fleet, options: RenderSecretsOptions): SecretsFiles {
  const policy = fleet.secrets;
  if (policy === undefined) return { files: [], hosts: new Set(), warnings: [] };
  const { existing, recipients: known, secrets: declared } = options;
  const recipients = hostRecipients(fleet.hosts, policy, { recipients: known, sopsYaml: existing(".sops.yaml") });
  const hosts = hostSecrets(fleet.hosts, policy, declared);
  const rules =
    policy.backend === "sops"
      ? { path: ".sops.yaml", body: sopsYamlText(policy, recipients) }
      : { path: "secrets.nix", body: agenixRulesText(policy, recipients) };
  const modules = { path: "secrets/hosts.nix", body: hostSecretsText(hosts, policy.backend) };
  return {
    files: hosts.length === 0 ? [rules] : [rules, modules],
    hosts: new Set(hosts.map(({ host }) => host)),
    warnings: [...missingRecipients(policy, recipients), ...doubleSecrets(fleet.hosts, policy, declared ?? [])],
  };
}
