import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { editHost } from "@flurry/lab";
import type { FleetLab } from "@flurry/lab";

import type { PlannedDeployment } from "../plan/round-plan.ts";
import { fleetFileOf } from "./fleet-file.ts";

/** Someone who deploys, with a checkout of their own. */
export interface Operator {
  readonly name: PlannedDeployment["operator"];
  readonly directory: string;
}

/** Alice has the fleet's repository, Bob a copy of it. */
export async function operatorsOf(fleet: FleetLab): Promise<readonly Operator[]> {
  const bob = join(fleet.lab.home, "fleet-of-bob");
  await cp(fleet.directory, bob, { recursive: true, verbatimSymlinks: true });
  return [
    { name: "alice", directory: fleet.directory },
    { name: "bob", directory: bob },
  ];
}

/** Writes what a deployment is going to deploy into its operator's checkout. */
export async function writeConfigurations(
  fleet: FleetLab,
  { directory }: Operator,
  deployment: PlannedDeployment,
): Promise<void> {
  await writeFile(join(directory, "fleet.yaml"), fleetFileOf(fleet.lab.hosts, deployment));
  const last = deployment.hosts.length - 1;
  for (const [index, { host, system }] of deployment.hosts.entries()) {
    const nix = `{ ${system.nix} }`;
    await editHost({ directory, host, nix, exec: fleet.exec, commit: index === last });
  }
}
