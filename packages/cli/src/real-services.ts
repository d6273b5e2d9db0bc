import { deployFleet, execOnHosts, fleetStatus } from "@flurry/deploy";
import { describeFlake, lockFlake, NixPool } from "@flurry/nix";

import { linkOutput } from "./run/link-output.ts";
import type { Services } from "./services.ts";

/** The real machinery. Importing this file loads every heavy library. */
export const realServices: Services = {
  lockFlake,
  describeFlake,
  openPool: (options) => new NixPool(options),
  linkOutput,
  deployFleet,
  fleetStatus,
  execOnHosts,
};
