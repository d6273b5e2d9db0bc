import type { Issue } from "@flurry/core";
import type { Fleet, Host } from "@flurry/schema";

import { configurationName, hostDirectory } from "./flake/hosts.ts";
import { profileFiles, profileIssues } from "./flake/profiles.ts";
import { agenixIssues } from "./secrets/agenix-rules.ts";

/** Why no flake can be made of a fleet; empty if one can. */
export function checkFlake(fleet: Fleet): readonly Issue[] {
  return [...nixpkgsIssues(fleet), ...fleet.hosts.flatMap((host) => hostIssues(host, fleet.hosts))];
}

/** Why the secrets of a fleet cannot be rendered; empty if they can. */
export function checkSecrets(fleet: Fleet): readonly Issue[] {
  return [...(fleet.secrets?.backend === "agenix" ? agenixIssues(fleet.secrets) : []), ...unreadableFiles(fleet)];
}

function nixpkgsIssues(fleet: Fleet): readonly Issue[] {
  const input = fleet.inputs.find(({ name }) => name === "nixpkgs");
  if (fleet.nixpkgs !== undefined || input?.flake === true) return [];
  const message = input === undefined ? "the flake needs a nixpkgs" : "nixpkgs has to be a flake";
  const hint = "write for example nixpkgs: github:NixOS/nixpkgs/nixos-24.11";
  return [{ code: "no-nixpkgs", severity: "error", path: ["nixpkgs"], message, hint }];
}

function hostIssues(host: Host, hosts: readonly Host[]): readonly Issue[] {
  const error = (code: string, path: readonly string[], message: string, hint: string): Issue => ({
    code,
    severity: "error",
    path: ["hosts", host.name, ...path],
    message,
    hint,
  });
  const name = configurationName(host);
  const first = hosts.find((other) => configurationName(other) === name);
  const differs = first?.modules.join("\n") !== host.modules.join("\n") || first.system !== host.system;
  return [
    ...(host.attrPath.length === 2 && host.attrPath[0] === "nixosConfigurations"
      ? []
      : [
          error(
            "no-configuration",
            [],
            `its system is at ${host.attrPath.join(".")}, and a flake that Flurry writes has it in nixosConfigurations`,
            "take configurations out of the fleet file",
          ),
        ]),
    ...(host.system === undefined
      ? [
          error(
            "no-system",
            ["system"],
            "the flake needs the host's system",
            "for example x86_64-linux, for all hosts under defaults",
          ),
        ]
      : []),
    ...(name.includes("/") || name === "." || name === ".."
      ? [error("no-directory", ["configuration"], `there can be no directory hosts/${name}`, "choose another name")]
      : []),
    ...(differs && first !== undefined
      ? [
          error(
            "configuration-differs",
            [],
            `${first.name} has the configuration ${name} too, with another system or other modules`,
            "give both the same, or each its own configuration",
          ),
        ]
      : []),
    ...profileIssues(host),
  ];
}

/** sops refuses a rule without keys, and agenix would encrypt to nobody. */
function unreadableFiles(fleet: Fleet): readonly Issue[] {
  const { secrets } = fleet;
  if (secrets === undefined) return [];
  return secrets.files
    .filter((file) => file.admins.length === 0)
    .map(({ path }) => ({
      code: "no-admin",
      severity: "error",
      path: ["secrets", "files", path],
      message: "no admin may read this file, so nobody could change who may",
      hint: "list at least one admin",
    }));
}

/** Files that the flake names and that are not there. */
export function repositoryWarnings(fleet: Fleet, existing: (path: string) => string | undefined): readonly Issue[] {
  return fleet.hosts.flatMap((host) => {
    const files = [`${hostDirectory(host)}/default.nix`, ...host.modules.map((name) => `modules/${name}.nix`)];
    return [
      ...missing(files, existing).map((file) => missingFile(host, [], `its configuration needs ${file}`)),
      ...missing(profileFiles([host]), existing).map((file) =>
        missingFile(host, ["profiles"], `they need ${file}, a function of the flake's inputs`),
      ),
    ];
  });
}

function missing(files: readonly string[], existing: (path: string) => string | undefined): readonly string[] {
  return files.filter((file) => existing(file) === undefined);
}

function missingFile(host: Host, path: readonly string[], what: string): Issue {
  return {
    code: "missing-file",
    severity: "warning",
    path: ["hosts", host.name, ...path],
    message: `${what}, which is not there`,
    hint: "write it, and add it to git: a flake sees no other files",
  };
}
