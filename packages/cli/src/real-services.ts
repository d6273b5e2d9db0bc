import { availableParallelism } from "node:os";

import { runProcess } from "@flurry/core";
import { deployFleet, execOnHosts, fleetStatus, planFleet } from "@flurry/deploy";
import { describeFlake, findRecorder, lockFlake, NixPool, nixVersion, updateLockFile } from "@flurry/nix";
import { connect, fetchHostKey } from "@flurry/ssh";

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
  fetchHostKey,
  askHost: async (target, command, context, { signal }) => {
    await using session = await connect(target, context, { signal, timeoutMs: 30_000 });
    const { stdout } = await session.exec(command, { signal, timeoutMs: 120_000, maxOutputBytes: 8 * 1024 * 1024 });
    return stdout;
  },
  machine: () => ({ cores: availableParallelism(), freeMemoryBytes: process.availableMemory() }),
  linkOutput,
  deployFleet,
  fleetStatus,
  planFleet,
  execOnHosts,
};
