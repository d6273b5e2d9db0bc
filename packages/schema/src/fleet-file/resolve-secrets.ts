import { nearestName } from "@flurry/core";
import type { Issue } from "@flurry/core";

import { normalizePublicKey } from "../fleet/host-key.ts";
import type { SecretsFile, SecretsPolicy } from "../fleet/secrets-policy.ts";
import type { Selectable } from "../selector/match.ts";
import { checkSelector } from "./resolve-selector.ts";
import type { SecretsInput } from "./schema/secrets.ts";

/** Who may read what, with the hosts of each file by name. */
export function resolveSecrets(
  secrets: SecretsInput,
  hosts: readonly Selectable[],
  report: (issue: Issue) => void,
): SecretsPolicy {
  const admins = Object.keys(secrets.admins);
  return {
    backend: secrets.backend,
    admins: Object.entries(secrets.admins).map(([name, keys]) => ({
      name,
      keys: [...new Set([keys].flat().map(normalizeRecipient))],
    })),
    files: Object.entries(secrets.files).map(([path, file]): SecretsFile => {
      const base = ["secrets", "files", path];
      const checked = file.hosts.map((text, index) => checkSelector(text, hosts, [...base, "hosts", index]));
      for (const issue of checked.flatMap((one) => one.issues)) report(issue);
      for (const issue of unknownAdmins(file.admins ?? [], admins, [...base, "admins"])) report(issue);
      const chosen = new Set(checked.flatMap((one) => one.hosts));
      return {
        path,
        selectors: file.hosts,
        hosts: hosts.map((host) => host.name).filter((name) => chosen.has(name)),
        admins: file.admins ?? admins,
      };
    }),
  };
}

function unknownAdmins(named: readonly string[], admins: readonly string[], path: readonly string[]): readonly Issue[] {
  return named.flatMap((name, index): readonly Issue[] => {
    if (admins.includes(name)) return [];
    const nearest = nearestName(name, admins);
    const hint = nearest === undefined ? "add the admin under secrets.admins" : `did you mean "${nearest}"?`;
    const message = `there is no admin ${JSON.stringify(name)}`;
    return [{ code: "unknown-admin", message, severity: "error", path: [...path, index], hint }];
  });
}

function normalizeRecipient(key: string): string {
  return /^(?:ssh-|ecdsa-|sk-)/.test(key) ? normalizePublicKey(key) : key.replaceAll(" ", "");
}
