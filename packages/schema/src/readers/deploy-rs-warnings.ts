import type { Issue } from "@flurry/core";

import { unknownKeyHint } from "../fleet-file/schema-keys.ts";
import { mergeLevels } from "./deploy-rs-options.ts";
import { deployRsKeys } from "./deploy-rs-schema.ts";
import type { DeployRsInput, DeployRsNode, DeployRsProfile } from "./deploy-rs-schema.ts";

type Path = Issue["path"];

/** Everything in deploy-rs' output that Flurry does not know, or does otherwise. */
export function deployRsWarnings(deploy: DeployRsInput): readonly Issue[] {
  return [
    ...unknownKeys(deploy, deployRsKeys.deploy, []),
    ...Object.entries(deploy.nodes).flatMap(([name, node]) => nodeWarnings(node, ["nodes", name], deploy)),
  ];
}

function nodeWarnings(node: DeployRsNode, path: Path, deploy: DeployRsInput): readonly Issue[] {
  const profiles = Object.entries(node.profiles ?? {});
  const system = node.profiles?.["system"];
  return [
    ...unknownKeys(node, deployRsKeys.node, path),
    ...profiles.flatMap(([name, profile]) => unknownKeys(profile, deployRsKeys.profile, [...path, "profiles", name])),
    ...(profiles.length === 0 ? [noProfiles(path)] : []),
    ...(system === undefined ? [] : systemWarnings(system, node, deploy, path)),
  ];
}

function unknownKeys(mapping: object, known: readonly string[], path: Path): readonly Issue[] {
  return Object.keys(mapping)
    .filter((key) => !known.includes(key))
    .map((key) => ({ ...warning("unknown-key", "unknown key", [...path, key]), hint: unknownKeyHint(key, known) }));
}

function noProfiles(path: Path): Issue {
  const hint = "give it the profile system, or another one";
  return { ...warning("node-not-deployed", "the node has no profiles and is not deployed", path), hint };
}

function systemWarnings(
  system: DeployRsProfile,
  node: DeployRsNode,
  deploy: DeployRsInput,
  path: Path,
): readonly Issue[] {
  const merged = mergeLevels([system, node, deploy]);
  const user = merged.user ?? merged.sshUser;
  const found: Issue[] = [];
  const warn = (message: string, hint: string): void =>
    void found.push({ ...warning("differs-from-deploy-rs", message, path), hint });
  if (user == null) warn("neither user nor sshUser is set: the system is activated as root", 'set user = "root"');
  else if (user !== "root") {
    warn(`the system is to be activated as ${user}, which only root can do`, 'set user = "root"');
  }
  if (merged.tempPath != null)
    warn("tempPath is not used: Flurry writes nothing to it", "remove it when deploy-rs is gone");
  if (system.profilePath != null && system.profilePath !== "/nix/var/nix/profiles/system") {
    warn("profilePath is not followed: the system goes to /nix/var/nix/profiles/system", "remove profilePath");
  }
  return found;
}

function warning(code: string, message: string, path: Path): Issue {
  return { code, message, severity: "warning", path };
}
