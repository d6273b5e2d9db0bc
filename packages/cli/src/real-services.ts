import { availableParallelism } from "node:os";

import { runProcess } from "@flurry/core";
import {
  buildRecorder,
  completeLockFile,
  describeFlake,
  findRecorder,
  lockFlake,
  NixPool,
  nixVersion,
  updateLockFile,
} from "@flurry/nix";

import { linkOutput } from "./run/link-output.ts";
import type { Services } from "./services.ts";

/** Loaded by the commands that reach hosts: an evaluation in which nothing changed is over before it would be. */
const deployer = async () => await import("@flurry/deploy");
const ssh = async () => await import("@flurry/ssh");

/** The real machinery. Importing this file loads the heavy libraries that every command over hosts needs. */
export const realServices: Services = {
  lockFlake,
  describeFlake,
  completeLockFile,
  updateLockFile,
  openPool: (options) => new NixPool(options),
  nixVersion,
  findRecorder,
  buildRecorder,
  runProcess,
  fetchHostKey: async (target, context, options) => await (await ssh()).fetchHostKey(target, context, options),
  transportFor: async (target, context, options) => await (await ssh()).transportFor(target, context, options),
  askHost: async (target, command, context, { signal }) => {
    const { connect } = await ssh();
    await using session = await connect(target, context, { signal, timeoutMs: 30_000 });
    const { stdout } = await session.exec(command, { signal, timeoutMs: 120_000, maxOutputBytes: 8 * 1024 * 1024 });
    return stdout;
  },
  machine: () => ({ cores: availableParallelism(), freeMemoryBytes: process.availableMemory() }),
  linkOutput,
  deployFleet: async (request, context) => await (await deployer()).deployFleet(request, context),
  fleetStatus: async (request, context) => await (await deployer()).fleetStatus(request, context),
  planFleet: async (request, context) => await (await deployer()).planFleet(request, context),
  uploadFleetKeys: async (request, context) => await (await deployer()).uploadFleetKeys(request, context),
  execOnHosts: async (request, context) => await (await deployer()).execOnHosts(request, context),
  planRollback: async (request, context) => await (await deployer()).planRollback(request, context),
  rollbackFleet: async (request, context) => await (await deployer()).rollbackFleet(request, context),
  resumeFleet: async (request, context) => await (await deployer()).resumeFleet(request, context),
  collectFleet: async (request, context) => await (await deployer()).collectFleet(request, context),
};
