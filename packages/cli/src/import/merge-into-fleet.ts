import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { atomicWrite, FlurryError } from "@flurry/core";
import { addHostsToFleetFile, findFleet, parseFleetYaml, fleetInvalid } from "@flurry/schema";
import type { ImportedHosts } from "@flurry/schema";

type Hosts = ImportedHosts["hosts"];

/** The fleet file that hosts go into. */
export interface ImportTarget {
  /** Absolute. */
  readonly path: string;
  /** Undefined when there is none yet. */
  readonly before: string | undefined;
}

/** A fleet file with imported hosts. */
export interface MergedFleet {
  readonly hosts: Hosts;
  /** The names of those that are new. */
  readonly added: readonly string[];
  /** The names of those that the fleet has already; they stay as they are. */
  readonly present: readonly string[];
  readonly before: string | undefined;
  readonly text: string;
}

/**
 * The fleet file here or above, or a new one here.
 *
 * @throws FlurryError FLURRY_USAGE for a fleet.config.ts, which no tool can write into
 */
export async function targetOf(cwd: string): Promise<ImportTarget> {
  const found = await findFleet(cwd).catch((error: unknown) => {
    if (FlurryError.is(error) && error.code === "FLURRY_FLEET_NOT_FOUND") return undefined;
    throw error;
  });
  if (found?.fleetFile === undefined) return { path: join(found?.directory ?? cwd, "fleet.yaml"), before: undefined };
  if (!/\.ya?ml$/.test(found.fleetFile))
    throw new FlurryError("FLURRY_USAGE", `${found.fleetFile} is a program, into which no host can be written`, {
      hint: "run flurry import elsewhere with --dry-run, and copy the hosts",
    });
  return { path: found.fleetFile, before: await readFile(found.fleetFile, "utf8") };
}

/**
 * Adds hosts below those of the fleet, whose own and whose comments stay as they are.
 *
 * @throws FlurryError FLURRY_FLEET_INVALID, FLURRY_EDIT_UNSAFE
 */
export function mergeIntoFleet(hosts: Hosts, { path, before }: ImportTarget): MergedFleet {
  const start = before ?? newFleet(hosts);
  const file = path.replace(/^.*[/\\]/, "");
  const read = parseFleetYaml(start, { file });
  if (!read.ok) throw fleetInvalid(read.issues);
  const known = new Set(read.value.hosts.map(({ name }) => name));
  const fresh = hosts.filter(({ name }) => !known.has(name));
  const shared = before === undefined ? sharedUser(hosts) : undefined;
  const written = shared === undefined ? fresh : fresh.map(withoutUser);
  return {
    hosts,
    added: fresh.map(({ name }) => name),
    present: hosts.filter(({ name }) => known.has(name)).map(({ name }) => name),
    before,
    text: fresh.length === 0 ? start : addHostsToFleetFile(start, written, { file }).text,
  };
}

/** Writes the fleet file. */
export async function writeFleet({ text }: MergedFleet, path: string): Promise<void> {
  await atomicWrite(path, text);
}

/** A fleet file without hosts; a user that all of them have is said once. */
function newFleet(hosts: Hosts): string {
  const user = sharedUser(hosts);
  return [
    "# yaml-language-server: $schema=./node_modules/@flurry/schema/fleet.schema.json",
    ...(user === undefined ? [] : [`defaults: { deploy: { sshUser: ${JSON.stringify(user)} } }`]),
    "hosts: {}",
    "",
  ].join("\n");
}

function sharedUser(hosts: Hosts): string | undefined {
  const [first] = hosts;
  const user = first?.deploy?.sshUser;
  return hosts.length > 1 && hosts.every(({ deploy }) => deploy?.sshUser === user) ? user : undefined;
}

function withoutUser(host: Hosts[number]): Hosts[number] {
  const { sshUser: _, ...deploy } = host.deploy ?? {};
  return { ...host, deploy };
}
