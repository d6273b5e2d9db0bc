import type { DeployOptions } from "@flurry/schema";

import type { CommandStart } from "./start-command.ts";

/** How long a host may take for what; see `DeployOptions`. */
export type Timeouts = Pick<DeployOptions, "confirmTimeoutMs" | "activationTimeoutMs">;

/** The same start, with other deadlines for every host. */
export function withTimeouts(start: CommandStart, timeouts: Partial<Timeouts>): CommandStart {
  return { ...start, hosts: start.hosts.map((host) => ({ ...host, deploy: { ...host.deploy, ...timeouts } })) };
}
