import { sleep } from "@flurry/core";
import type { FleetLab } from "@flurry/lab";

import type { HostState } from "./check/host-state.ts";
import { readHostState } from "./check/host-state.ts";
import { isBusy } from "./check/judge-host.ts";
import type { HostBefore } from "./check/judge-host.ts";
import { judgeRound } from "./check/judge-round.ts";
import type { RoundHost } from "./plan/plan-round.ts";
import { planRound } from "./plan/plan-round.ts";
import { renderRound, renderViolation } from "./report/render.ts";
import { Tally } from "./report/tally.ts";
import { roundLog } from "./run/log.ts";
import type { Operator } from "./run/operator.ts";
import { runRound } from "./run/run-round.ts";
import { settleHosts } from "./run/settle.ts";

/** What a campaign is. */
export interface CampaignOptions {
  readonly fleet: FleetLab;
  readonly operators: readonly Operator[];
  readonly flurry: string;
  readonly seed: number;
  readonly from: number;
  readonly rounds: number;
  readonly stopAtViolation: boolean;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Runs rounds one after the other and checks the promise after each. */
export async function runCampaign(options: CampaignOptions): Promise<Tally> {
  const { fleet, seed, from, rounds, say } = options;
  const tally = new Tally();
  const hosts: readonly RoundHost[] = fleet.lab.hosts.map(({ name, spec }) => ({
    name,
    ownDisk: spec.storeSizeMiB !== undefined,
  }));
  // A host that broke the promise is left as it is, for people to look at.
  const broken = new Set<string>();
  let before = await hostsAtRest(options, broken);
  for (let round = from; round < from + rounds && !options.signal.aborted; round += 1) {
    const startedAt = performance.now();
    const context = { ...options, before };
    const oldRuns = new Set([...before.values()].flatMap(({ runs }) => [...runs]));
    const result = await runRound(planRound({ seed, round, hosts }), context);
    const violations = await judgeRound({ seed, round }, result, context);
    tally.add(result, { violations, oldRuns });
    say(renderRound({ round, seconds: (performance.now() - startedAt) / 1000 }, result, violations));
    for (const violation of violations) say(renderViolation(violation));
    if (violations.length > 0 && options.stopAtViolation) break;
    for (const { host } of violations) broken.add(host);
    if (broken.size === hosts.length) break;
    before = await hostsAtRest(options, broken);
  }
  return tally;
}

/** The hosts that no deployment holds, as they are now. A round with none waits for the leases of dead deployers. */
async function hostsAtRest(
  options: CampaignOptions,
  broken: ReadonlySet<string>,
): Promise<ReadonlyMap<string, HostBefore>> {
  const { fleet, flurry, operators, signal } = options;
  const hosts = fleet.lab.hosts.filter(({ name }) => !broken.has(name));
  const directory = operators[0]?.directory ?? fleet.directory;
  for (;;) {
    const states = new Map<string, HostState>();
    await Promise.all(hosts.map(async (host) => states.set(host.name, await readHostState(host))));
    const over = hosts.filter(({ name }) => {
      const state = states.get(name);
      return state !== undefined && state.lease === undefined && isBusy(state);
    });
    if (over.length > 0) {
      // Their leases are over now: what is left has to go when they are asked.
      const log = roundLog(() => performance.now());
      const settled = await settleHosts(fleet, { hosts: over, directory, flurry, log });
      for (const [name, state] of settled) states.set(name, state);
    }
    const rested = [...states].filter(([, state]) => state.lease === undefined);
    if (rested.length > 0 || signal.aborted) return new Map(rested.map(([name, state]) => [name, beforeOf(state)]));
    await sleep(3000);
  }
}

function beforeOf({ current, profile, runs }: HostState): HostBefore {
  return { current, profile, runs: new Set(runs.map(({ id }) => id)) };
}
