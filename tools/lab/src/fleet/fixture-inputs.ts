import { LabError } from "../lab-error.ts";
import { fixtureDirectory } from "./fixture-directory.ts";
import { execChecked, nixCommand } from "./fleet-exec.ts";
import type { FleetExec } from "./fleet-exec.ts";
import type { LockedInput, LockedSource } from "./lock-file.ts";
import { placeBusybox } from "./place-busybox.ts";

/** The inputs of the example flake and the fixtures that stand in for them. */
const inputs = [
  { name: "nixpkgs", url: "github:NixOS/nixpkgs/nixos-24.11", fixture: "nixpkgs" },
  {
    name: "sops-nix",
    url: "github:Mic92/sops-nix",
    fixture: "inputs/sops-nix",
    follows: { nixpkgs: "nixpkgs" },
  },
  {
    name: "deploy-rs",
    url: "github:serokell/deploy-rs",
    fixture: "inputs/deploy-rs",
    follows: { nixpkgs: "nixpkgs" },
  },
] as const;

/**
 * Adds the flakes that stand in for the example's inputs to the store that `exec` uses.
 *
 * @throws LabError LAB_COMMAND_FAILED, LAB_UNAVAILABLE without busybox
 */
export async function addFixtureInputs(exec: FleetExec): Promise<readonly LockedInput[]> {
  await placeBusybox();
  const locked: LockedInput[] = [];
  for (const { fixture, ...input } of inputs)
    locked.push({ ...input, source: await addToStore(exec, fixtureDirectory(fixture)) });
  return locked;
}

// The name `source` is what Nix gives to trees it fetches: it uses such a path as it is and copies any other.
async function addToStore(exec: FleetExec, directory: string): Promise<LockedSource> {
  const path = await execChecked(exec, [...nixCommand, "store", "add-path", "--name", "source", directory]);
  const narHash = await execChecked(exec, [...nixCommand, "hash", "path", path]);
  if (!narHash.startsWith("sha256-"))
    throw new LabError("LAB_COMMAND_FAILED", `nix hash path printed no hash: ${narHash}`);
  return { path, narHash };
}
