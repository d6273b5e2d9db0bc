import type { DeployOptions, Host } from "@flurry/schema";

import type { CommandStart } from "./start-command.ts";

/** How long a host may take for what; see `DeployOptions`. */
export type Timeouts = Pick<DeployOptions, "confirmTimeoutMs" | "activationTimeoutMs">;

/** The same start, with other deadlines for every host. */
export function withTimeouts(start: CommandStart, timeouts: Partial<Timeouts>): CommandStart {
  return { ...start, hosts: start.hosts.map((host) => hostWithTimeouts(host, timeouts)) };
}

/** The same host, with other deadlines for it and for its profiles. */
export function hostWithTimeouts(host: Host, timeouts: Partial<Timeouts>): Host {
  const { activationTimeoutMs } = timeouts;
  const profiles = host.profiles?.map((profile) =>
    activationTimeoutMs === undefined ? profile : { ...profile, activationTimeoutMs },
  );
  return { ...host, deploy: { ...host.deploy, ...timeouts }, ...(profiles === undefined ? {} : { profiles }) };
}
