import { availableParallelism } from "node:os";

import { runProcess } from "@flurry/core";
import { deployFleet, execOnHosts, fleetStatus, planFleet } from "@flurry/deploy";
import { describeFlake, findRecorder, lockFlake, NixPool, nixVersion, updateLockFile } from "@flurry/nix";

import { linkOutput } from "./run/link-output.ts";
import type { Services } from "./services.ts";

/** The real machinery. Importing this file loads every heavy library. */
export const realServices: Services = {
  lockFlake,
  describeFlake,
  updateLockFile,
  openPool: (options) => new NixPool(options),
  nixVersion,
  findRecorder,
  runProcess,
  machine: () => ({ cores: availableParallelism(), freeMemoryBytes: process.availableMemory() }),
  linkOutput,
  deployFleet,
  fleetStatus,
  planFleet,
  execOnHosts,
};
