import { cp, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { bootctlScript, grubModule, hostSystems } from "@flurry/lab";
import type { FleetLab } from "@flurry/lab";

import type { OperatorName, ProfileTexts } from "../plan/round-plan.ts";

/** A key of each host. */
export interface KeySpec {
  readonly name: string;
  readonly path: string;
  /** Mode, owner and group, as `stat -c "%a %U:%G"` prints them. */
  readonly access: string;
  readonly uploadAt: "pre-activation" | "post-activation";
}

/** The keys that hosts get: one that survives a reboot, and one that does not. */
export const keySpecs: readonly [KeySpec, KeySpec] = [
  { name: "early", path: "/var/keys/early", access: "640 deploy:users", uploadAt: "pre-activation" },
  { name: "late", path: "/run/keys/late", access: "600 root:root", uploadAt: "post-activation" },
];

/** A profile of hosts beside their system. */
export interface ProfileSpec {
  readonly name: keyof ProfileTexts;
  readonly user: string;
  readonly beforeSystem: boolean;
  /** Where its link may be; the last of those that are there counts. */
  readonly places: readonly [string, ...string[]];
}

/** The profiles that hosts get: one of root before the system, and one of a user after it. */
export const profileSpecs: readonly [ProfileSpec, ProfileSpec] = [
  { name: "banner", user: "root", beforeSystem: true, places: ["/nix/var/nix/profiles/per-user/root/banner"] },
  {
    name: "notes",
    user: "deploy",
    beforeSystem: false,
    // An older Nix makes the second one's directory when the user first talks to its daemon.
    places: ["/home/deploy/.local/state/nix/profiles/notes", "/nix/var/nix/profiles/per-user/deploy/notes"],
  },
];

const keys = keySpecs
  .map(({ name, path, access, uploadAt }) => {
    const [mode = "", owner = ""] = access.split(" ");
    const [user = "", group = ""] = owner.split(":");
    const place = `path = "${path}"; user = "${user}"; group = "${group}"; permissions = "0${mode}"; uploadAt = "${uploadAt}";`;
    // Values are not in the repository: they change without it.
    const command = `[ "sh" "-c" "printf %s ${name}-; cat \\"../keys-of-\${PWD##*/}\\"" ]`.replace("${PWD", "\\${PWD");
    return `${name} = { ${place} keyCommand = ${command}; };`;
  })
  .join("\n            ");

/** The repository's flake; the given hosts boot by GRUB, the others by systemd-boot. */
const flakeOf = (grubHosts: readonly string[]): string => `{
  description = "Hosts to break";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.11";
    sops-nix = { url = "github:Mic92/sops-nix"; inputs.nixpkgs.follows = "nixpkgs"; };
    deploy-rs = { url = "github:serokell/deploy-rs"; inputs.nixpkgs.follows = "nixpkgs"; };
  };

  outputs =
    { nixpkgs, sops-nix, ... }:
    let
      hosts = builtins.readDir ./hosts;
      withBootctl = { pkgs, ... }: {
        environment.systemPackages = [ (pkgs.writeShellScriptBin "bootctl" ''${bootctlScript}'') ];
      };
      withGrub = ${grubModule()};
      grubHosts = [ ${grubHosts.map((host) => `"${host}"`).join(" ")} ];
    in
    rec {
      nixosConfigurations = ${hostSystems("(if builtins.elem name grubHosts then withGrub else withBootctl)")};
      # Profiles beside the systems, whose scripts leave word of what was activated.
      packages.x86_64-linux =
        let
          pkgs = import nixpkgs { system = "x86_64-linux"; };
          textsOf = name: if builtins.pathExists (./hosts + "/\${name}/profiles.nix") then import (./hosts + "/\${name}/profiles.nix") else { };
          profile = host: name: text: {
            name = "\${name}-\${host}";
            value = pkgs.writeTextFile {
              name = "\${name}-\${host}";
              executable = true;
              destination = "/deploy-rs-activate";
              text = ''
                #!/bin/sh
                [ \${text} != bad ] || exit 3
                [ "$DRY_ACTIVATE" = 1 ] || echo \${text} > "$HOME/\${name}"
              '';
            };
          };
          ofHost = host: nixpkgs.lib.mapAttrsToList (profile host) (textsOf host);
        in
        builtins.listToAttrs (builtins.concatMap ofHost (builtins.attrNames hosts));
      # A hive as Colmena prepares it, for what a hive alone can say: keys.
      colmenaHive = {
        nodes = nixosConfigurations;
        metaConfig = { };
        deploymentConfig = builtins.mapAttrs (name: _: {
          keys = {
            ${keys}
          };
        }) hosts;
      };
    };
}
`;

/** Someone who deploys, with a checkout of their own. */
export interface Operator {
  readonly name: OperatorName;
  readonly directory: string;
}

/** Alice has the fleet's repository, Bob a copy of it. Both have keys to give out. */
export async function operatorsOf(fleet: FleetLab, grubHosts: readonly string[]): Promise<readonly Operator[]> {
  await writeFile(join(fleet.directory, "flake.nix"), flakeOf(grubHosts));
  const bob = join(fleet.lab.home, "fleet-of-bob");
  await cp(fleet.directory, bob, { recursive: true, verbatimSymlinks: true });
  const operators: readonly Operator[] = [
    { name: "alice", directory: fleet.directory },
    { name: "bob", directory: bob },
  ];
  await Promise.all(operators.map(async (operator) => await writeKeyValue(operator, "shared")));
  return operators;
}

/** Sets what an operator's keys are made of from now on. */
export async function writeKeyValue({ directory }: Operator, value: string): Promise<void> {
  await mkdir(join(directory, ".."), { recursive: true });
  await writeFile(join(directory, "..", `keys-of-${basename(directory)}`), value);
}

/** What is in the file of a key. */
export function keyContent({ name }: KeySpec, value: string): string {
  return `${name}-${value}`;
}
