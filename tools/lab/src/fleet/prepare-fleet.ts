import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { fixtureDirectory } from "./fixture-directory.ts";
import { addFixtureInputs } from "./fixture-inputs.ts";
import type { FleetExec } from "./fleet-exec.ts";
import { initRepository } from "./git-repository.ts";
import { lockFileText } from "./lock-file.ts";

/** Where and for whom to make a fleet. */
export interface PrepareOptions {
  /** Where the fleet's repository is to be; made when it is missing. */
  readonly directory: string;
  /** The line of the public key that the hosts let in: `ssh-ed25519 AAAA… name`. Without it they let in nobody. */
  readonly deployerPublicKey?: string;
  /** Runs commands in the deployer's place, whose store gets the fixtures. */
  readonly exec: FleetExec;
}

/** How to make the example fleet. */
export interface PrepareFleetOptions extends PrepareOptions {
  /**
   * With fleet.yaml, or with nothing but the flake and its `deploy.nodes`.
   *
   * @default true
   */
  readonly fleetFile?: boolean;
}

/** A fleet that was made: a git repository with a flake that evaluates and builds offline. */
export interface PreparedFleet {
  readonly directory: string;
  /** Names of the hosts in `nixosConfigurations`. */
  readonly hosts: readonly string[];
}

/** What lies beside the example's sources and is not part of them. */
const leftOut = new Set(["node_modules", "dist", ".turbo", ".flurry", "result", "flake.lock"]);

/**
 * Makes the example fleet (nas, compute, gateway) in a directory of its own: the repository's `fixtures/homelab`, as a
 * user would have written it, with a flake.lock that binds its github: inputs to the fixtures, in one commit.
 *
 * @throws LabError LAB_COMMAND_FAILED, LAB_UNAVAILABLE without busybox
 */
export async function prepareFleet(options: PrepareFleetOptions): Promise<PreparedFleet> {
  const { directory, fleetFile = true } = options;
  await cp(fixtureDirectory("homelab"), directory, {
    recursive: true,
    filter: (path) => !leftOut.has(basename(path)),
  });
  if (!fleetFile) await rm(join(directory, "fleet.yaml"));
  await finishFleet(options);
  return { directory, hosts: ["compute", "gateway", "nas"] };
}

/** The steps that every kind of fleet ends with: the deployer's key, the lock file, the repository. */
export async function finishFleet({ directory, deployerPublicKey, exec }: PrepareOptions): Promise<void> {
  if (deployerPublicKey !== undefined) {
    await mkdir(join(directory, "keys"), { recursive: true });
    await writeFile(join(directory, "keys", "deployer.pub"), `${deployerPublicKey.trim()}\n`);
  }
  await writeFile(join(directory, "flake.lock"), lockFileText(await addFixtureInputs(exec)));
  await initRepository(exec, directory);
}
