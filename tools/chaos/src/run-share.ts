import { sleep } from "@flurry/core";
import type { FleetLab } from "@flurry/lab";

import type { HostState } from "./check/host-state.ts";
import { readHostState } from "./check/host-state.ts";
import { hostBefore, isBusy } from "./check/judge-host.ts";
import type { HostBefore } from "./check/judge-host.ts";
import { judgeLater, judgeRound } from "./check/judge-round.ts";
import type { JudgedHost } from "./check/judge-round.ts";
import type { RoundHost } from "./plan/plan-round.ts";
import { planRound } from "./plan/plan-round.ts";
import { renderRound, renderViolation } from "./report/render.ts";
import type { Tally } from "./report/tally.ts";
import type { Operator } from "./run/fleet-repository.ts";
import { roundLog } from "./run/log.ts";
import { runRound } from "./run/run-round.ts";
import type { RoundResult } from "./run/run-round.ts";
import { settleHosts } from "./run/settle.ts";
import type { Violation } from "./run/violation.ts";

/** What a fleet runs its share of rounds with. */
export interface ShareOptions {
  readonly fleet: FleetLab;
  readonly operators: readonly Operator[];
  readonly flurry: string;
  readonly seed: number;
  /** The next round that nobody has begun yet; undefined when there is none. */
  readonly nextRound: () => number | undefined;
  readonly tally: Tally;
  readonly say: (text: string) => void;
  /** Called after each round. */
  readonly save: () => Promise<void>;
}

/**
 * Runs rounds on one fleet, one after the other, and checks the promise after each.
 *
 * @returns whether a host broke it
 */
export async function runShare(options: ShareOptions): Promise<boolean> {
  const { fleet, seed, nextRound, tally, say, save } = options;
  const hosts: readonly RoundHost[] = fleet.lab.hosts.map(({ name, spec }) => ({
    name,
    ownDisk: spec.storeSizeMiB !== undefined,
  }));
  const known: KnownHosts = { broken: new Set(), confirmed: new Map(), held: new Map() };
  const report = (violations: readonly Violation[]): void => {
    for (const violation of violations) say(renderViolation(violation));
    for (const { host } of violations) known.broken.add(host);
  };
  let before = await hostsAtRest(options, { known, report: (found) => report(tally.addLate(found)) });
  while (before.size > 0) {
    const round = nextRound();
    if (round === undefined) break;
    const startedAt = performance.now();
    const context = { ...options, before };
    const oldRuns = new Set([...before.values()].flatMap(({ runs }) => [...runs]));
    const result = await runRound(planRound({ seed, round, hosts }), context);
    const violations = await judgeRound({ seed, result }, context);
    tally.add(result, { round, violations, oldRuns });
    say(renderRound({ round, seconds: (performance.now() - startedAt) / 1000 }, result, violations));
    report(violations);
    await save();
    hold(known, result, options, before);
    before = await hostsAtRest(options, { known, report: (found) => report(tally.addLate(found)) });
  }
  return known.broken.size > 0;
}

/** What is known of hosts from round to round. */
interface KnownHosts {
  /** A host that broke the promise is left as it is, for people to look at. */
  readonly broken: Set<string>;
  readonly confirmed: Map<string, ReadonlySet<string>>;
  /** Hosts that a dead deployer's lease held at the end of a round: they are judged once more when it is over. */
  readonly held: Map<string, JudgedHost>;
}

function hold(
  { held }: KnownHosts,
  result: RoundResult,
  { fleet, seed }: ShareOptions,
  before: ReadonlyMap<string, HostBefore>,
): void {
  for (const host of fleet.lab.hosts) {
    const earlier = before.get(host.name);
    if (earlier !== undefined && result.states.get(host.name)?.lease !== undefined)
      held.set(host.name, { host, seed, result, known: earlier });
  }
}

/** The hosts that no deployment holds, as they are now. A round with none waits for the leases of dead deployers. */
async function hostsAtRest(
  options: ShareOptions,
  { known, report }: { readonly known: KnownHosts; readonly report: (violations: readonly Violation[]) => void },
): Promise<ReadonlyMap<string, HostBefore>> {
  const { fleet, flurry, operators } = options;
  const directory = operators[0]?.directory ?? fleet.directory;
  for (;;) {
    const hosts = fleet.lab.hosts.filter(({ name }) => !known.broken.has(name));
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
    for (const [name, state] of states) {
      const held = known.held.get(name);
      if (held === undefined || state.lease !== undefined) continue;
      known.held.delete(name);
      report(await judgeLater(held, state));
    }
    const rested = [...states].filter(([name, state]) => state.lease === undefined && !known.broken.has(name));
    if (known.broken.size === fleet.lab.hosts.length) return new Map();
    if (rested.length > 0) {
      const before = rested.map(([name, state]) => {
        const host = hostBefore(state, known.confirmed.get(name) ?? new Set());
        known.confirmed.set(name, host.confirmed);
        return [name, host] as const;
      });
      return new Map(before);
    }
    await sleep(3000);
  }
}
