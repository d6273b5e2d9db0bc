import { closestSecretsFirst, secretsPathRegex } from "@flurry/schema";
import type { SecretsFile, SecretsPolicy } from "@flurry/schema";

import { AnchorNames } from "./anchors.ts";
import type { HostRecipients } from "./recipients.ts";

interface NamedKey {
  readonly anchor: string;
  readonly key: string;
}

/**
 * The text of `.sops.yaml`: all keys as anchors, then one rule a file. A rule is one key group, so that each of its keys
 * alone opens the file.
 *
 * @see https://github.com/getsops/sops#using-sopsyaml-conf-to-select-kms-pgp-and-age-for-new-files
 */
export function sopsYamlText(policy: SecretsPolicy, recipients: HostRecipients): string {
  const names = new AnchorNames();
  const named = (owner: string, keys: readonly string[]): readonly NamedKey[] =>
    keys.map((key, index) => ({ anchor: names.take(owner, index), key }));
  const admins = new Map(policy.admins.map(({ name, keys }) => [name, named(name, keys)]));
  const hosts = new Map([...recipients].map(([name, keys]) => [name, named(name, keys)]));
  const keyLines = [...admins.values(), ...hosts.values()]
    .flat()
    .map(({ anchor, key }) => `  - &${anchor} ${scalar(key)}`);
  const rules = closestSecretsFirst(policy.files).flatMap((file) => ruleLines(file, { admins, hosts }));
  return [...section("keys", keyLines), ...section("creation_rules", rules), ""].join("\n");
}

function section(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [`${name}: []`] : [`${name}:`, ...lines];
}

interface Owners {
  readonly admins: ReadonlyMap<string, readonly NamedKey[]>;
  readonly hosts: ReadonlyMap<string, readonly NamedKey[]>;
}

function ruleLines(file: SecretsFile, { admins, hosts }: Owners): readonly string[] {
  const keys = [
    ...file.admins.flatMap((name) => admins.get(name) ?? []),
    ...file.hosts.flatMap((name) => hosts.get(name) ?? []),
  ];
  const missing = file.hosts.filter((name) => (hosts.get(name) ?? []).length === 0);
  const pgp = keys.filter(({ key }) => isFingerprint(key));
  const groups = [
    ...keyList(
      "age",
      keys.filter(({ key }) => !isFingerprint(key)),
    ),
    ...keyList("pgp", pgp),
  ];
  return [
    ...missing.map((name) => `  # ${name} is to read this file, but no key of it is known yet.`),
    `  - path_regex: ${scalar(secretsPathRegex(file.path))}`,
    "    key_groups:",
    // One group: with a dash before pgp as well, sops would ask for a key of both.
    ...groups.map((line, index) => (index === 0 ? `      - ${line}` : `        ${line}`)),
  ];
}

function keyList(kind: "age" | "pgp", keys: readonly NamedKey[]): readonly string[] {
  return keys.length === 0 ? [] : [`${kind}:`, ...keys.map(({ anchor }) => `  - *${anchor}`)];
}

function isFingerprint(key: string): boolean {
  return /^[0-9A-Fa-f]{40}$/.test(key);
}

/** A text in YAML: as it is where it cannot be taken for anything else. */
function scalar(text: string): string {
  // A fingerprint of digits alone, or with one E, would be a number.
  const plain = /^[A-Za-z^][^:#"'{}[\],&*!|>%@`\n]*$/.test(text) && !/\s$/.test(text) && !isFingerprint(text);
  return plain || /^\^[\w./\\$-]+$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}
