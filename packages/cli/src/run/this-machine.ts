import { FlurryError, nearestName } from "@flurry/core";
import { selectHosts } from "@flurry/schema";
import type { Fleet, Host } from "@flurry/schema";

import type { CliContext } from "../context.ts";

/** What a machine knows of itself. */
export type MachineName = Pick<CliContext, "hostname" | "user">;

/**
 * The host of the fleet that is this very machine: the one that the words select, or the one with the machine's name.
 *
 * @throws FlurryError FLURRY_NOTHING_SELECTED when no host has its name, FLURRY_USAGE when several are selected, and
 * those of the selectors
 */
export function thisMachine(fleet: Fleet, words: readonly string[], { hostname, user }: MachineName): Host {
  const hosts = [...fleet.hosts, ...(fleet.localHosts ?? [])];
  const host = words.length === 0 ? namesake(hosts, hostname) : onlyHost(selectHosts(hosts, words));
  return asCaller(host, host.name, { user });
}

/** The host that is this very machine: commands run as whoever calls, whomever ssh would log in as. */
export function asCaller(host: Host, localHost: string, { user }: Pick<MachineName, "user">): Host {
  return host.name === localHost ? { ...host, deploy: { ...host.deploy, sshUser: user } } : host;
}

/**
 * The host of some that is this very machine, where the fleet file lets it be deployed without ssh: it has the machine's
 * name and, where its keys are pinned, one of them.
 *
 * @throws FlurryError FLURRY_SSH_HOST_KEY_CHANGED for a machine that has the name and not the key
 */
export async function ownHost(
  hosts: readonly Host[],
  { hostname, hostKeys }: Pick<CliContext, "hostname" | "hostKeys">,
): Promise<Host | undefined> {
  const mine = hosts.filter((host) => host.deploy.local !== undefined && isNamed(host, hostname));
  const host = mine.find(({ name }) => name === hostname) ?? mine[0];
  if (host === undefined || host.hostKeys.length === 0) return host;
  const keys = (await hostKeys?.()) ?? [];
  if (keys.some((key) => host.hostKeys.includes(key))) return host;
  throw new FlurryError("FLURRY_SSH_HOST_KEY_CHANGED", "this machine has its name, but none of its pinned host keys", {
    host: host.name,
    hint: `If it is ${host.name} all the same: --local ${host.name}. If it is not, call it otherwise, or take deploy.local away.`,
  });
}

/** True where a machine of that name and the host are one and the same, as far as names tell. */
export function isNamed({ name }: Host, hostname: string): boolean {
  return name === hostname || name === shortName(hostname);
}

function namesake(hosts: readonly Host[], hostname: string): Host {
  const host = hosts.find(({ name }) => name === hostname) ?? hosts.find((each) => isNamed(each, hostname));
  if (host !== undefined) return host;
  const names = hosts.map(({ name }) => name);
  const near = nearestName(shortName(hostname), names);
  throw new FlurryError("FLURRY_NOTHING_SELECTED", `this machine is called ${hostname}, and no host of the fleet is`, {
    hint: `name the host that it is: --local ${near ?? names[0] ?? "HOST"}`,
  });
}

function onlyHost(hosts: readonly Host[]): Host {
  const [host, ...others] = hosts;
  if (host !== undefined && others.length === 0) return host;
  throw new FlurryError("FLURRY_USAGE", `this machine is one host, and ${hosts.length} are selected`, {
    hint: "--local goes with one host, or with none: then it is the one that this machine is called",
  });
}

function shortName(hostname: string): string {
  return hostname.split(".", 1)[0] ?? hostname;
}
