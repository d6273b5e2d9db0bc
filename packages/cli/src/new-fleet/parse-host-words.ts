import { FlurryError } from "@flurry/core";
import type { ScaffoldHost } from "@flurry/render";
import { checkAddress, checkHostName } from "@flurry/schema";

/** The machines of a new fleet whose user names none. */
export const exampleHosts: readonly string[] = ["nas=10.0.20.10", "compute=10.0.20.11", "gateway=10.0.20.1"];

const roles: Readonly<Record<string, ScaffoldHost["role"]>> = {
  nas: "storage",
  storage: "storage",
  compute: "apps",
  apps: "apps",
  gateway: "edge",
  router: "edge",
};

/**
 * Reads `name=address` words; `name` alone is reached by its name.
 *
 * @throws FlurryError FLURRY_USAGE for what is no name or address, or taken
 */
export function parseHostWords(words: readonly string[]): readonly ScaffoldHost[] {
  const hosts = words.map(parseHostWord);
  for (const [index, host] of hosts.entries()) {
    const before = hosts.slice(0, index);
    if (before.some(({ name }) => name === host.name)) throw usage(`there are two hosts named ${host.name}`);
    const owner = before.find(({ address }) => address === host.address);
    if (owner !== undefined) throw usage(`${host.name} has the address ${host.address} of ${owner.name}`);
  }
  return hosts;
}

function parseHostWord(word: string): ScaffoldHost {
  const equals = word.indexOf("=");
  const name = equals === -1 ? word : word.slice(0, equals);
  const address = equals === -1 ? word : word.slice(equals + 1);
  const complaint = checkHostName(name) ?? checkAddress(address);
  if (complaint !== undefined) throw usage(`${word}: ${complaint.message}`, complaint.hint);
  return { name, address, role: roles[name] ?? "plain" };
}

function usage(message: string, hint = "write name=address, for example nas=10.0.20.10"): FlurryError {
  return new FlurryError("FLURRY_USAGE", message, { hint });
}
