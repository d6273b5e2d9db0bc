import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";

import { writeTree } from "../file-tree.ts";
import { LabError } from "../lab-error.ts";
import { fixtureDirectory } from "./fixture-directory.ts";
import { hostSystems } from "./host-systems.ts";
import { finishFleet } from "./prepare-fleet.ts";
import type { PreparedFleet, PrepareOptions } from "./prepare-fleet.ts";

/** A host of a synthetic fleet. */
export interface SyntheticHost {
  readonly name: string;
  /** Its IPv4 address in the lab's 10.0.0.0/16. */
  readonly address: string;
}

/** How to make a fleet of any size. */
export interface PrepareSyntheticFleetOptions extends PrepareOptions {
  readonly hosts: readonly SyntheticHost[];
}

const flake = `{
  description = "A fleet of any size";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.11";
    sops-nix = {
      url = "github:Mic92/sops-nix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    deploy-rs = {
      url = "github:serokell/deploy-rs";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      sops-nix,
      deploy-rs,
    }:
    let
      hosts = builtins.readDir ./hosts;
    in
    {
      nixosConfigurations = ${hostSystems()};

      deploy.nodes = builtins.mapAttrs (name: _: {
        hostname = name;
        profiles.system = {
          sshUser = "root";
          user = "root";
          path = deploy-rs.lib.x86_64-linux.activate.nixos self.nixosConfigurations.\${name};
        };
      }) hosts;
    };
}
`;

function hostModule({ name, address }: SyntheticHost): string {
  return `{
  imports = [ ];

  networking = {
    hostName = "${name}";
    interfaces.eth0.ipv4.addresses = [
      {
        address = "${address}";
        prefixLength = 16;
      }
    ];
  };
}
`;
}

/**
 * Makes a fleet of small hosts with the example's common modules, for measurements: a flake with `nixosConfigurations`
 * and `deploy.nodes`, no fleet file.
 *
 * @throws LabError LAB_INVALID for a name or address that has no place in Nix code, and as prepareFleet does
 */
export async function prepareSyntheticFleet(options: PrepareSyntheticFleetOptions): Promise<PreparedFleet> {
  const { directory, hosts } = options;
  hosts.forEach(checkHost);
  await mkdir(directory, { recursive: true });
  for (const part of ["modules", "overlays", "secrets"])
    await cp(join(fixtureDirectory("homelab"), part), join(directory, part), { recursive: true });
  await writeTree(directory, {
    "flake.nix": flake,
    ...Object.fromEntries(hosts.map((host) => [`hosts/${host.name}/default.nix`, hostModule(host)])),
  });
  await finishFleet(options);
  return { directory, hosts: hosts.map((host) => host.name).sort() };
}

function checkHost({ name, address }: SyntheticHost): void {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) throw new LabError("LAB_INVALID", `not a host name: ${JSON.stringify(name)}`);
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(address))
    throw new LabError("LAB_INVALID", `not an IPv4 address: ${JSON.stringify(address)}`);
}
