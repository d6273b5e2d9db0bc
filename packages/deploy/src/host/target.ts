import type { Host } from "@flurry/schema";
import type { SshTarget } from "@flurry/ssh";

/** How a host of the fleet is reached, in the terms of the ssh package. */
export function sshTarget(host: Host): SshTarget {
  const { sshUser, sshPort, identityFiles, hostKeyPolicy, jump, sshOptions } = host.deploy;
  return {
    name: host.name,
    addresses: host.addresses,
    identityFiles,
    hostKeys: host.hostKeys,
    sshOptions,
    ...(sshUser === undefined ? {} : { user: sshUser }),
    ...(sshPort === undefined ? {} : { port: sshPort }),
    ...(hostKeyPolicy === undefined ? {} : { hostKeyPolicy }),
    ...(jump === undefined ? {} : { jump }),
  };
}
