import { FlurryError } from "@flurry/core";
import { parseFleet } from "@flurry/schema";
import type { Fleet, FleetInput } from "@flurry/schema";

import { renderFleet } from "../../src/render-fleet.ts";
import type { RenderFleetOptions } from "../../src/render-fleet.ts";

export const alice = "age12cesk05x5sn6vckvt9ty6hp8pkd3rlt42a0c82v97vut2hxaqsysfpey4m";
export const nasKey = "age15dl2p88sws8xscdc3v4ckualwgw3zp9qn6kepmmg7ce27ahdqy3s88392h";
export const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJiTz2NUHR9jmNsbCIVFOGGhFKTPEQ+Xw4PE3NK8pjX1";
export const pgp = "0123456789ABCDEF0123456789ABCDEF01234567";

/** Two hosts, without secrets. */
export const small: FleetInput = {
  nixpkgs: "github:NixOS/nixpkgs/nixos-24.11",
  defaults: { system: "x86_64-linux", modules: ["common"] },
  hosts: { nas: { address: "10.0.20.10" }, gateway: { address: "10.0.20.1", modules: ["networking"] } },
};

/** The fleet of what a fleet file says. */
export function fleetOf(input: unknown): Fleet {
  const fleet = parseFleet(input, { file: "fleet.yaml" });
  if (!fleet.ok) throw new Error(JSON.stringify(fleet.issues));
  return fleet.value;
}

/** A repository that has all the files that the flake of a small fleet names. */
export const complete = (path: string): string | undefined =>
  /^(?:hosts\/.*\/default|modules\/.*|overlays\/default)\.nix$/.test(path) ? "{ }" : undefined;

/** The texts of the files that are made of a fleet, by their paths. */
export function render(input: unknown, options: Partial<RenderFleetOptions> = {}): Readonly<Record<string, string>> {
  const { files } = renderFleet(fleetOf(input), { existing: complete, ...options });
  return Object.fromEntries(files.map(({ path, content }) => [path, content]));
}

/** Why a fleet cannot be rendered. */
export function issuesOf(input: unknown, change: (fleet: Fleet) => Fleet = (fleet) => fleet): string {
  try {
    renderFleet(change(fleetOf(input)), { existing: complete });
  } catch (error) {
    if (FlurryError.is(error) && error.code === "FLURRY_FLEET_INVALID") return error.details ?? "";
    throw error;
  }
  throw new Error("it was rendered");
}
