import { setTimeout } from "node:timers/promises";

import { FlurryError } from "@flurry/core";
import { FleetLab } from "@flurry/lab";

import type { ChaosCommand } from "./chaos-arguments.ts";
import type { Tally } from "./report/tally.ts";
import { runShare } from "./run-share.ts";
import { operatorsOf } from "./run/fleet-repository.ts";
import { moveRecords } from "./run/move-records.ts";

/** All rounds of a command. */
export interface CampaignOptions {
  readonly command: Extract<ChaosCommand, { kind: "run" }>;
  /** The `flurry` command's file. */
  readonly flurry: string;
  readonly tally: Tally;
  /** Called after each round. */
  readonly save: () => Promise<void>;
  readonly say: (text: string) => void;
  /** When it aborts no further round begins. */
  readonly signal: AbortSignal;
}

/** How often a lab that cannot go on is replaced by a new one, for each fleet. */
const labLimit = 5;

/** Runs rounds on several fleets side by side until all are done. */
export async function runCampaign(options: CampaignOptions): Promise<void> {
  const { command, tally, signal } = options;
  const done = new Set(tally.state.done);
  const all = Array.from({ length: command.rounds }, (_, index) => command.from + index);
  const left = all.filter((round) => !done.has(round));
  const isOver = (): boolean => signal.aborted || (command.stop && tally.state.violations.length > 0);
  const fleets = Array.from({ length: Math.min(command.fleets, left.length) }, async (_, number) => {
    for (let labs = 0; labs < labLimit && left.length > 0 && !isOver(); labs += 1)
      await runFleet(options, { number, left, isOver });
  });
  await Promise.all(fleets);
}

/** One lab: until the rounds are done, all of its hosts are broken, or it cannot go on. */
async function runFleet(
  { command, flurry, tally, save, say, signal }: CampaignOptions,
  { number, left, isOver }: { readonly number: number; readonly left: number[]; readonly isOver: () => boolean },
): Promise<void> {
  let current: number | undefined;
  const nextRound = (): number | undefined => {
    current = isOver() ? undefined : left.shift();
    return current;
  };
  try {
    await using fleet = await FleetLab.up({
      kind: "synthetic",
      hosts: hostsOf(command),
      flurry,
      fleetFile: "hosts: {}\n",
    });
    await Promise.all(fleet.lab.hosts.map(moveRecords));
    // With systemd and without: those that boot by GRUB in one fleet boot by systemd-boot in the next.
    const grubHosts = fleet.lab.hosts.filter((_, index) => (index + number) % 2 === 1).map(({ name }) => name);
    const operators = await operatorsOf(fleet, grubHosts);
    const isBroken = await runShare({ fleet, operators, flurry, seed: command.seed, nextRound, tally, save, say });
    if (!isBroken || !command.keep || signal.aborted) return;
    say(`The lab stays up until Ctrl-C: npm run lab -- status --directory ${fleet.lab.directory}`);
    await setTimeout(2 ** 31 - 1, undefined, { signal }).catch(() => {});
  } catch (error) {
    const { message, details } = FlurryError.from(error);
    const why = details === undefined ? message : `${message}: ${details.slice(-2000)}`;
    say(`a lab could not go on${current === undefined ? "" : ` with round ${current}`}: ${why}`);
    if (current === undefined || tally.state.done.includes(current)) return;
    tally.breakOff(current, why);
    left.unshift(current);
    await save();
  }
}

/** Hosts of both kinds in turns; every third has a small disk of its own. */
function hostsOf({ hosts, init }: CampaignOptions["command"]) {
  return Array.from({ length: hosts }, (_, index) => ({
    name: `h${index + 1}`,
    init: init === "mixed" ? (index % 2 === 0 ? ("systemd" as const) : ("mini" as const)) : init,
    ...(index % 3 === 2 ? { storeSizeMiB: 160 } : {}),
  }));
}
