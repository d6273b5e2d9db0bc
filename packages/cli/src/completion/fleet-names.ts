import { readFile } from "node:fs/promises";
import { extname } from "node:path";

import { namesInFleetYaml } from "@flurry/schema";
import type { FleetNames } from "@flurry/schema";
import { findFleet } from "@flurry/schema/find-fleet";

const none: FleetNames = { hosts: [], tags: [] };

/**
 * Names of hosts and tags in the fleet.yaml found from a directory upward, without Nix. A fleet file that is a program is not
 * run for this.
 */
export async function fleetNames(directory: string): Promise<FleetNames> {
  const found = await findFleet(directory).catch(() => undefined);
  const file = found?.fleetFile;
  if (file === undefined || ![".yaml", ".yml"].includes(extname(file))) return none;
  const text = await readFile(file, "utf8").catch(() => "");
  return namesInFleetYaml(text);
}
