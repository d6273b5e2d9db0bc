import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Lab, buildSystems, editHost, prepareSyntheticFleet } from "@flurry/lab";
import type { FleetExec } from "@flurry/lab";
import { LabError } from "@flurry/lab";

import type { Run } from "../measure/measure.ts";

/** A lab with an installed fleet and a deployer that has never deployed. */
export interface Place extends AsyncDisposable {
  /** The fleet's repository. */
  readonly directory: string;
  readonly hosts: readonly string[];
  /** Runs words in the deployer's place. */
  readonly run: Run;
  /** Gives hosts another configuration and commits it. */
  change(hosts: readonly string[]): Promise<void>;
  /** How many connections have come in over TCP since the hosts booted, all together. */
  connections(): Promise<number>;
  /** What each host runs now. */
  currentSystems(): Promise<ReadonlyMap<string, string>>;
}

/** How a place shall be. */
export interface PlaceOptions {
  readonly hosts: number;
  /** Mebibytes, in as many store paths, that a host's first change brings beside the system itself. */
  readonly mib: number;
  /** Changes the fleet's repository before anything is deployed from it. */
  readonly adapt?: ((directory: string) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
}

/** Makes a place. Every place made with the same options is in the same state, whoever deploys from it. */
export async function makePlace({ hosts: count, mib, adapt, signal }: PlaceOptions): Promise<Place> {
  const names = Array.from({ length: count }, (_, index) => `host-${String(index + 1).padStart(2, "0")}`);
  const lab = await Lab.up({ hosts: names, signal });
  try {
    const directory = join(lab.home, "fleet");
    const exec: FleetExec = (argv, options) => lab.exec(argv, { ...options, signal });
    const deployerPublicKey = await readFile(`${lab.identityFile}.pub`, "utf8");
    const hosts = lab.hosts.map(({ name, address }) => ({ name, address }));
    await prepareSyntheticFleet({ directory, hosts, deployerPublicKey, exec });
    const systems = await buildSystems({ directory, hosts: names, exec });
    for (const host of lab.hosts) await host.install(required(systems.get(host.name), host.name));
    await adapt?.(directory);
    let revision = 0;
    return {
      directory,
      hosts: names,
      run: (argv, options) => lab.exec(argv, { ...options, signal }),
      change: async (changed) => {
        revision += 1;
        for (const [index, host] of changed.entries()) {
          const commit = index === changed.length - 1;
          await editHost({ directory, host, nix: configuration({ revision, mib }), exec, commit });
        }
      },
      connections: async () => {
        const texts = await Promise.all(lab.hosts.map(async (host) => await host.output("cat /proc/net/snmp")));
        return texts.reduce((sum, text) => sum + passiveOpens(text), 0);
      },
      currentSystems: async () => {
        const current = await Promise.all(
          lab.hosts.map(async (host) => [host.name, required(await host.currentSystem(), host.name)] as const),
        );
        return new Map(current);
      },
      [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
    };
  } catch (error) {
    await lab.down();
    throw error;
  }
}

/**
 * Reads how many TCP connections a network namespace has accepted.
 *
 * @param snmp - /proc/net/snmp, which has a line of names and one of numbers for each protocol
 */
export function passiveOpens(snmp: string): number {
  const [names = [], numbers = []] = snmp
    .split("\n")
    .filter((line) => line.startsWith("Tcp: "))
    .map((line) => line.split(" "));
  const value = Number(numbers[names.indexOf("PassiveOpens")]);
  if (Number.isNaN(value)) throw new LabError("LAB_COMMAND_FAILED", `/proc/net/snmp counts no PassiveOpens: ${snmp}`);
  return value;
}

/** A change that every host notices and no unit has to be restarted for. */
function configuration({ revision, mib }: { readonly revision: number; readonly mib: number }): string {
  const blobs = mib === 0 ? "" : `lab.blobs = { count = ${mib}; mib = 1; seed = 1; };`;
  return `{ environment.etc."bench-revision".text = "${revision}\\n"; ${blobs} }`;
}

function required(system: string | undefined, host: string): string {
  if (system === undefined) throw new LabError("LAB_COMMAND_FAILED", `${host} runs no system`);
  return system;
}
