import type { Issue } from "@flurry/core";
import type { Host, Profile } from "@flurry/schema";

import { apply, attrSet, bind, importFile, ref, variable } from "../nix/builders.ts";
import { path } from "../nix/paths.ts";
import type { NixBinding, NixExpression } from "../nix/syntax.ts";

/** The outputs that packages of profiles may come from, and the directories whose `default.nix` makes them of the inputs. */
const sources: readonly (readonly [output: string, directory: string])[] = [
  ["homeConfigurations", "home"],
  ["packages", "pkgs"],
];

/** The outputs that the profiles of the hosts need: `homeConfigurations = import ./home inputs`. */
export function profileOutputs(hosts: readonly Host[]): readonly NixBinding[] {
  return neededSources(hosts).map(([output, directory]) =>
    bind(output, apply(importFile(path(`./${directory}`)), variable("inputs"))),
  );
}

/** The files that make them. */
export function profileFiles(hosts: readonly Host[]): readonly string[] {
  return neededSources(hosts).map(([, directory]) => `${directory}/default.nix`);
}

function neededSources(hosts: readonly Host[]): typeof sources {
  const outputs = new Set(hosts.flatMap(({ profiles = [] }) => profiles.map(({ attrPath: [output] }) => output)));
  return sources.filter(([output]) => outputs.has(output));
}

/** The profiles of a node beside its system, as deploy-rs has them, and the order of all of them. */
export function nodeProfiles(host: Host, deployRs: string): readonly NixBinding[] {
  const { profiles = [] } = host;
  if (profiles.length === 0) return [];
  const inPhase = (phase: Profile["phase"]): readonly string[] =>
    profiles.filter((profile) => profile.phase === phase).map(({ name }) => name);
  return [
    bind("profilesOrder", [...inPhase("before"), "system", ...inPhase("after")]),
    ...profiles.map((profile) => bind(["profiles", profile.name], nodeProfile(profile, host, deployRs))),
  ];
}

function nodeProfile(profile: Profile, { deploy, system = "" }: Host, deployRs: string): NixExpression {
  const { user, profilePath, autoRollback, magicRollback, activationTimeoutMs } = profile;
  const isOther = activationTimeoutMs !== deploy.activationTimeoutMs;
  return attrSet([
    bind("user", user),
    ...(profilePath === undefined ? [] : [bind("profilePath", profilePath)]),
    ...(isOther ? [bind("activationTimeout", Math.min(Math.round(activationTimeoutMs / 1000), 65_535))] : []),
    ...(autoRollback === deploy.autoRollback ? [] : [bind("autoRollback", autoRollback)]),
    ...(magicRollback === deploy.magicRollback ? [] : [bind("magicRollback", magicRollback)]),
    bind("path", packageOf(profile, ref("inputs", deployRs, "lib", system, "activate", "home-manager"))),
  ]);
}

/** home-manager's own package has no script that deploy-rs knows. */
function packageOf({ attrPath }: Profile, homeManager: NixExpression): NixExpression {
  const [output, name = ""] = attrPath;
  if (output === "homeConfigurations") return apply(homeManager, ref("self", "homeConfigurations", name));
  return ref("self", ...attrPath);
}

/** Why the profiles of a host cannot be in a flake that Flurry writes; empty if they can. */
export function profileIssues({ name: host, profiles = [] }: Host): readonly Issue[] {
  const known = new Set(sources.map(([output]) => output));
  return profiles.flatMap(({ name, attrPath }): readonly Issue[] => {
    if (known.has(attrPath[0] ?? "")) return [];
    const message = `its package is at ${attrPath.join(".")}, and a flake that Flurry writes has packages and homeConfigurations`;
    const hint = "write for example output: packages.x86_64-linux.notes, and make it in pkgs/default.nix";
    return [{ code: "no-package", severity: "error", path: ["hosts", host, "profiles", name], message, hint }];
  });
}
