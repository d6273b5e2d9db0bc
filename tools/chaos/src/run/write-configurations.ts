import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { editHost } from "@flurry/lab";
import type { FleetLab } from "@flurry/lab";

import type { PlannedDeployment } from "../plan/round-plan.ts";
import { fleetFileOf } from "./fleet-file.ts";
import type { Operator } from "./fleet-repository.ts";

/** Writes what a deployment is going to deploy into its operator's checkout. */
export async function writeConfigurations(
  fleet: FleetLab,
  { directory }: Operator,
  deployment: PlannedDeployment,
): Promise<void> {
  const { command, hosts } = deployment;
  await writeFile(join(directory, "fleet.yaml"), fleetFileOf(fleet.lab.hosts, deployment));
  if (command === "rollback") return;
  const last = hosts.length - 1;
  for (const [index, { host, system, profiles }] of hosts.entries()) {
    if (profiles !== undefined) {
      const texts = Object.entries(profiles).map(([name, text]) => `${name} = "${text}";`);
      await writeFile(join(directory, "hosts", host, "profiles.nix"), `{ ${texts.join(" ")} }\n`);
    }
    const nix = `{ ${system.nix} }`;
    await editHost({ directory, host, nix, exec: fleet.exec, commit: index === last });
  }
}
