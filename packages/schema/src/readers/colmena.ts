import type { Issue, Result } from "@flurry/core";

import type { ReadOptions } from "../fleet-file/parse-fleet.ts";
import { checkAgainst } from "../fleet-file/zod-issues.ts";
import { normalizeAddress } from "../fleet/address.ts";
import { deployDefaults } from "../fleet/deploy-options.ts";
import type { DeployOptions } from "../fleet/deploy-options.ts";
import type { DeploymentKey } from "../fleet/deployment-key.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Host } from "../fleet/host.ts";
import { checkTag } from "../fleet/names.ts";
import { rolloutDefaults } from "../fleet/rollout.ts";
import { keyMistakes, keysOf, keyWarnings } from "./colmena-keys.ts";
import { colmenaSchema } from "./colmena-schema.ts";
import type { ColmenaInput, ColmenaNode } from "./colmena-schema.ts";
import { colmenaWarnings } from "./colmena-warnings.ts";

/** What the issues of a hive call it. */
const root = "colmena";

/**
 * Reads a Colmena hive: each node is a host. What Flurry does otherwise or not at all is a warning.
 *
 * @param hive - `{ meta, nodes }`: what the hive exports as `metaConfig` and `deploymentConfig`, as JSON. Texts of keys may be
 * left out
 * @see https://colmena.cli.rs/unstable/reference/deployment.html
 */
export function readColmena(hive: unknown, options: ReadOptions = {}): Result<Fleet> {
  const checked = checkedHive(hive, options, colmenaWarnings);
  return checked.ok ? { ...checked, value: fleetOf(checked.value, options) } : checked;
}

/**
 * Reads the keys of a hive alone, by the names of their nodes: for a fleet file that takes its systems from the hive.
 *
 * @param hive - as {@link readColmena} takes it
 */
export function readColmenaKeys(
  hive: unknown,
  options: ReadOptions = {},
): Result<ReadonlyMap<string, readonly DeploymentKey[]>> {
  const warningsOf = ({ nodes }: ColmenaInput): readonly Issue[] =>
    Object.entries(nodes).flatMap(([name, node]) => keyWarnings(node, [name, "deployment", "keys"]));
  const checked = checkedHive(hive, options, warningsOf);
  if (!checked.ok) return checked;
  return {
    ...checked,
    value: new Map(Object.entries(checked.value.nodes).map(([name, node]) => [name, keysOf(node)])),
  };
}

function checkedHive(
  hive: unknown,
  { file }: ReadOptions,
  warningsOf: (input: ColmenaInput) => readonly Issue[],
): Result<ColmenaInput> {
  const place = (issue: Issue): Issue => ({ ...issue, ...(file === undefined ? {} : { place: { file } }) });
  const checked = checkAgainst(colmenaSchema, hive);
  if (!checked.ok) return { ok: false, issues: checked.issues.map((issue) => place(asWritten(issue))) };
  const mistakes = Object.entries(checked.value.nodes).flatMap(([name, node]) =>
    keyMistakes(node, [root, name, "deployment", "keys"]),
  );
  if (mistakes.length > 0) return { ok: false, issues: mistakes.map(place) };
  const warnings = warningsOf(checked.value).map((issue) => place({ ...issue, path: [root, ...issue.path] }));
  return { ok: true, value: checked.value, warnings };
}

/** The path as it stands in the hive, where nodes are at the top and their options below `deployment`. */
function asWritten(issue: Issue): Issue {
  const [first, name, ...rest] = issue.path;
  if (first !== "nodes" || name === undefined) return { ...issue, path: [root, ...issue.path] };
  return { ...issue, path: [root, name, ...(rest.length === 0 ? [] : ["deployment", ...rest])] };
}

function fleetOf({ meta = {}, nodes }: ColmenaInput, { file }: ReadOptions): Fleet {
  const { description } = meta;
  const all = Object.entries(nodes);
  const hosts = all.flatMap(([name, node]) => (node.targetHost === null ? [] : [hostOf(name, node)]));
  const localHosts = all.flatMap(([name, node]) => (isLocalOnly(node) ? [hostOf(name, node)] : []));
  return {
    ...(description === undefined || description === "A Colmena Hive" ? {} : { description }),
    source: { kind: "colmena", ...(file === undefined ? {} : { file }) },
    ...(meta.allowApplyAll === false ? { mustSelect: true } : {}),
    inputs: [],
    hosts,
    ...(localHosts.length === 0 ? {} : { localHosts }),
    rollout: rolloutDefaults,
  };
}

/** A node that has no ssh, and may deploy itself. */
function isLocalOnly({ targetHost, allowLocalDeployment }: ColmenaNode): boolean {
  return targetHost === null && allowLocalDeployment === true;
}

function hostOf(name: string, node: ColmenaNode): Host {
  const { targetHost, tags = [] } = node;
  const keys = keysOf(node);
  return {
    name,
    addresses: [normalizeAddress(targetHost ?? name)],
    tags: [...new Set(tags.filter((tag) => checkTag(tag) === undefined))],
    attrPath: ["colmenaHive", "nodes", name],
    modules: [],
    hostKeys: [],
    deploy: deployOptions(node),
    health: [],
    ...(keys.length === 0 ? {} : { keys }),
  };
}

/** As Colmena does it: hosts substitute for themselves, and the key of a host that nobody knows yet is taken. */
function deployOptions(node: ColmenaNode): DeployOptions {
  const { targetPort, targetUser = "root", sshOptions = [] } = node;
  return {
    ...deployDefaults,
    sshUser: targetUser ?? undefined,
    ...(targetPort == null ? {} : { sshPort: targetPort }),
    sshOptions,
    hostKeyPolicy: "accept-new",
    substituteOnDestination: true,
    buildOn: { kind: node.buildOnTarget === true ? "target" : "local" },
    ...(node.replaceUnknownProfiles === false ? { replaceUnknownProfiles: false } : {}),
    sudo: sudoOf(node.privilegeEscalationCommand),
  };
}

/** Colmena's own default would wait for a password. */
function sudoOf(command: readonly string[] | undefined): readonly string[] {
  if (command === undefined || command.length === 0 || command.join(" ") === "sudo -H --") return deployDefaults.sudo;
  return command;
}
