import type { Issue } from "@flurry/core";
import { closestSecretsFirst, isSecretsPattern, secretsPathRegex } from "@flurry/schema";
import type { Fleet, SecretsFile, SecretsPolicy } from "@flurry/schema";

import { hostRecipientKeys } from "./host-recipients.ts";
import { readPlacedYaml } from "./placed-yaml.ts";
import { isPgpFingerprint } from "./policy-key.ts";
import type { PolicyKey } from "./policy-key.ts";
import type { Policy, PolicyRule, Reader } from "./policy.ts";
import { readersOfYaml } from "./reader-names.ts";

/** Where a fleet's policy stands. */
export interface FleetPolicyOptions {
  /** The absolute folder of the fleet. */
  readonly root: string;
  /** The absolute path of the fleet file. */
  readonly path: string;
  /** Names the fleet file in messages. Default: its path. */
  readonly file?: string;
  /** The text of the fleet file, if it is YAML: rules then have lines. */
  readonly text?: string;
  /** The `.sops.yaml` that is there; a host without a pinned key keeps the one that is called by its name there. */
  readonly sopsYaml?: string;
}

/**
 * The policy of a fleet's `secrets`; undefined where the fleet has none. Hosts get the recipient that their consumer can
 * use: sops-nix the one converted from the pinned ed25519 host key, agenix the ssh key itself.
 */
export function fleetPolicy(fleet: Pick<Fleet, "hosts" | "secrets">, options: FleetPolicyOptions): Policy | undefined {
  const { secrets } = fleet;
  if (secrets === undefined) return undefined;
  const { root, path, file = path } = options;
  const admins = secrets.admins.map(({ name, keys }): Reader => ({ name, kind: "admin", keys: keys.map(keyOf) }));
  const { hosts, issues } = hostReaders(fleet, secrets, options);
  const lineOf = linesOf(options.text, file);
  return {
    source: { kind: "fleet", file, path },
    backend: secrets.backend,
    root,
    readers: [...admins, ...hosts],
    rules: closestSecretsFirst(secrets.files).map((one): PolicyRule => {
      const expression = new RegExp(secretsPathRegex(one.path), "s");
      const readers = [...named(admins, one.admins), ...named(hosts, one.hosts)];
      return {
        name: one.path,
        covers: isSecretsPattern(one.path) ? "pattern" : "file",
        matches: (candidate) => expression.test(candidate),
        groups: [readers.flatMap(({ keys }) => keys)],
        threshold: undefined,
        selector: undefined,
        macOnlyEncrypted: false,
        armor: false,
        place: { file, ...lineOf(one) },
      };
    }),
    issues,
  };
}

/** The hosts of a fleet as readers, for naming keys in a policy that stands elsewhere. */
export function fleetReaders({ hosts }: Pick<Fleet, "hosts">, backend: "sops" | "agenix"): Reader[] {
  return hosts.map(({ name, hostKeys }): Reader => ({
    name,
    kind: "host",
    keys: hostRecipientKeys(backend, hostKeys, { host: name }).recipients.map(keyOf),
  }));
}

function hostReaders(
  { hosts }: Pick<Fleet, "hosts">,
  { backend, files }: SecretsPolicy,
  options: FleetPolicyOptions,
): { readonly hosts: readonly Reader[]; readonly issues: readonly Issue[] } {
  const known = backend === "sops" && options.sopsYaml !== undefined ? readersOfSopsYaml(options.sopsYaml) : [];
  const reading = new Set(files.flatMap((one) => one.hosts));
  const issues: Issue[] = [];
  const readers = hosts.map(({ name, hostKeys }): Reader => {
    const own = hostRecipientKeys(backend, hostKeys, { host: name });
    const keys = own.recipients.map(keyOf);
    const found = keys.length > 0 ? keys : (known.find((reader) => reader.name === name)?.keys ?? []);
    if (reading.has(name) && found.length === 0) {
      issues.push(...own.issues, {
        code: "host-without-key",
        severity: "error",
        message: `${name} is to read secrets, and no key of it is known`,
        path: ["hosts", name],
        place: { file: options.file ?? options.path },
        hint: `Pin its public ssh key as hostKey: flurry secrets add-host ${name} --scan ADDRESS`,
      });
    }
    return { name, kind: "host", keys: found };
  });
  return { hosts: readers, issues };
}

function readersOfSopsYaml(text: string): Reader[] {
  try {
    return readersOfYaml(readPlacedYaml(text, ".sops.yaml"), [], []);
  } catch {
    // It is generated from the fleet, and will be again.
    return [];
  }
}

function linesOf(text: string | undefined, file: string): (one: SecretsFile) => { line?: number } {
  if (text === undefined) return () => ({});
  try {
    const yaml = readPlacedYaml(text, file);
    return ({ path }) => {
      const node = yaml.document.getIn(["secrets", "files", path], true);
      const { line } = yaml.place(node);
      return line === undefined || node === undefined ? {} : { line };
    };
  } catch {
    return () => ({});
  }
}

function named(readers: readonly Reader[], names: readonly string[]): Reader[] {
  return names.flatMap((name) => readers.find((reader) => reader.name === name) ?? []);
}

function keyOf(id: string): PolicyKey {
  return { type: isPgpFingerprint(id) ? "pgp" : "age", id };
}
