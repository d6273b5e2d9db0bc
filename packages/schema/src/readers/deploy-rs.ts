import { nearestName } from "@flurry/core";
import type { Issue, Result } from "@flurry/core";

import type { ReadOptions } from "../fleet-file/parse-fleet.ts";
import { checkAgainst } from "../fleet-file/zod-issues.ts";
import { normalizeAddress } from "../fleet/address.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Host } from "../fleet/host.ts";
import { rolloutDefaults } from "../fleet/rollout.ts";
import { deployRsOptions, mergeLevels } from "./deploy-rs-options.ts";
import { profileIssues, profilesOf } from "./deploy-rs-profiles.ts";
import { deployRsSchema } from "./deploy-rs-schema.ts";
import type { DeployRsInput, DeployRsNode } from "./deploy-rs-schema.ts";
import { deployRsWarnings } from "./deploy-rs-warnings.ts";

/** What the reader of deploy-rs' output knows beside it. */
export interface ReadDeployRsOptions extends ReadOptions {
  /** The names of the flake's `nixosConfigurations`. */
  readonly nixosConfigurations: readonly string[];
}

/**
 * Reads the `deploy` output of a flake as deploy-rs does: profile over node over deploy, `sshOpts` of all three
 * one after the other. Each node is the machine of the NixOS configuration of its name. What Flurry does otherwise
 * or not at all is a warning.
 *
 * @param deploy - the JSON of the output; the profiles' `path` may be left out
 * @see https://github.com/serokell/deploy-rs/blob/master/interface.json
 */
export function readDeployRs(deploy: unknown, options: ReadDeployRsOptions): Result<Fleet> {
  const read = readChecked(deploy, options);
  const { file } = options;
  const place = (issue: Issue): Issue => ({
    ...issue,
    path: ["deploy", ...issue.path],
    ...(file === undefined ? {} : { place: { file } }),
  });
  return read.ok ? { ...read, warnings: read.warnings.map(place) } : { ok: false, issues: read.issues.map(place) };
}

function readChecked(deploy: unknown, options: ReadDeployRsOptions): Result<Fleet> {
  const checked = checkAgainst(deployRsSchema, deploy);
  if (!checked.ok) return checked;
  const nodes = Object.entries(checked.value.nodes);
  const missing = nodes.filter(hasSystem).flatMap(([name]) => missingConfiguration(name, options.nixosConfigurations));
  const profiles = nodes.flatMap(([name, node]) => profileIssues(name, node, checked.value));
  const warnings = deployRsWarnings(checked.value);
  if (missing.length + profiles.length > 0) return { ok: false, issues: [...missing, ...profiles, ...warnings] };
  const fleet: Fleet = {
    source: { kind: "deploy-rs", ...(options.file === undefined ? {} : { file: options.file }) },
    inputs: [],
    hosts: nodes.filter(hasAny).map(([name, node]) => hostOf(name, node, checked.value)),
    rollout: rolloutDefaults,
  };
  return { ok: true, value: fleet, warnings };
}

/** A node without profiles is none to deploy. */
function hasAny([, node]: readonly [string, DeployRsNode]): boolean {
  return Object.keys(node.profiles ?? {}).length > 0;
}

/** A node without the profile `system` keeps the system that it has. */
function hasSystem([, node]: readonly [string, DeployRsNode]): boolean {
  return node.profiles?.["system"] !== undefined;
}

function missingConfiguration(name: string, configurations: readonly string[]): readonly Issue[] {
  if (configurations.includes(name)) return [];
  const nearest = nearestName(name, configurations);
  return [
    {
      code: "no-configuration",
      message: `the flake has no nixosConfigurations.${name}`,
      severity: "error",
      path: ["nodes", name],
      hint:
        nearest === undefined
          ? "name the node as its configuration, or describe the host in fleet.yaml with configuration:"
          : `did you mean "${nearest}"?`,
    },
  ];
}

function hostOf(name: string, node: DeployRsNode, deploy: DeployRsInput): Host {
  const profiles = profilesOf(name, node, deploy);
  const keepsSystem = node.profiles?.["system"] === undefined;
  // Who owns a profile says nothing of who may change the host.
  const levels = keepsSystem ? [{ user: "root" }, node, deploy] : [node.profiles?.["system"] ?? {}, node, deploy];
  return {
    name,
    addresses: [normalizeAddress(node.hostname)],
    tags: [],
    attrPath: ["nixosConfigurations", name],
    modules: [],
    hostKeys: [],
    deploy: deployRsOptions(mergeLevels(levels)),
    health: [],
    ...(profiles.length === 0 ? {} : { profiles }),
    ...(keepsSystem ? { keepsSystem } : {}),
  };
}
