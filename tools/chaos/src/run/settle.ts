import { sleep } from "@flurry/core";
import type { FleetLab, LabHost } from "@flurry/lab";

import type { HostState } from "../check/host-state.ts";
import { readHostState } from "../check/host-state.ts";
import { isBusy, openRuns } from "../check/judge-host.ts";
import type { RoundLog } from "./log.ts";

/** How long hosts may take after a round until they are at rest, by their own deadlines on a busy machine. */
const restMs = 90_000;

/** Gives hosts the time that they have set themselves, without asking anything of Flurry. */
export async function awaitDeadlines(hosts: readonly LabHost[]): Promise<void> {
  const until = performance.now() + restMs;
  await Promise.all(
    hosts.map(async (host) => {
      while (performance.now() < until) {
        const state = await readHostState(host).catch(() => undefined);
        if (state !== undefined && !hasLiveRun(state)) return;
        await sleep(500);
      }
    }),
  );
}

// What a reboot interrupted waits for the next command that asks the host.
function hasLiveRun(state: HostState): boolean {
  return openRuns(state).some(({ boot }) => boot === state.bootId);
}

/** Asks every host with the command that people ask with, which closes what a reboot left open, and waits for rest. */
export async function settleHosts(
  fleet: FleetLab,
  { hosts, directory, flurry, log }: SettleOptions,
): Promise<ReadonlyMap<string, HostState>> {
  const states = new Map<string, HostState>();
  const until = performance.now() + restMs;
  let waiting = [...hosts];
  while (waiting.length > 0) {
    const names = waiting.map(({ name }) => name);
    const status = await fleet.exec([process.execPath, flurry, "status", "--no-eval", ...names], { cwd: directory });
    if (status.exitCode !== 0)
      log.say(
        "status",
        `exit code ${status.exitCode}: ${status.stderr.trim().slice(-500)}${status.stdout.slice(-1500)}`,
      );
    await Promise.all(waiting.map(async (host) => states.set(host.name, await readHostState(host))));
    if (performance.now() > until) break;
    waiting = waiting.filter(({ name }) => {
      const state = states.get(name);
      return state === undefined || isBusy(state);
    });
    if (waiting.length > 0) await sleep(2000);
  }
  return states;
}

/** What {@link settleHosts} needs. */
export interface SettleOptions {
  readonly hosts: readonly LabHost[];
  readonly directory: string;
  readonly flurry: string;
  readonly log: RoundLog;
}
