import { parsePlace } from "@flurry/schema";
import type { Host } from "@flurry/schema";
import { resolveSshOptions } from "@flurry/ssh";
import type { SshContext, SshTarget } from "@flurry/ssh";

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

/**
 * How a host is reached where the deployment itself takes it to (`confirmVia`). It is the same host there, so that its key
 * is the one that is known for where it was before.
 *
 * @throws FlurryError of the ssh package
 */
export async function newTargets(host: Host, context: SshContext, signal: AbortSignal): Promise<readonly SshTarget[]> {
  const target = sshTarget(host);
  const [first] = host.addresses;
  if (host.deploy.confirmVia.length === 0 || first === undefined) return [];
  const { hostKeyName } = await resolveSshOptions(target, first, context, { signal });
  // OpenSSH takes the first value of a setting: one that the user gave stays.
  const sshOptions = [...host.deploy.sshOptions, "-o", `HostKeyAlias=${hostKeyName}`];
  return host.deploy.confirmVia.map((place) => {
    const { address, port } = parsePlace(place);
    return { ...target, sshOptions, addresses: [address], ...(port === undefined ? {} : { port }) };
  });
}
