import { seededRandom, seedOfRound } from "../random.ts";
import type { Random } from "../random.ts";
import { chooseFault, chooseMoment } from "./faults.ts";
import type { DeployerEnd, HostChoice, PlannedDeployment, PlannedFault, RoundPlan } from "./round-plan.ts";
import { chooseSystem } from "./systems.ts";

/** A host that a round may use. */
export interface RoundHost {
  readonly name: string;
  /** Whether its store lies on a small disk of its own, which can be filled. */
  readonly ownDisk: boolean;
}

/** Makes up a round: the same for the same seed, round and hosts. */
export function planRound({
  seed,
  round,
  hosts,
}: {
  readonly seed: number;
  readonly round: number;
  readonly hosts: readonly RoundHost[];
}): RoundPlan {
  const random = seededRandom(seedOfRound(seed, round));
  const first = planDeployment(random, { operator: "alice", hosts: random.some(hosts, 0.9), startMs: 0 });
  const deployments = random.chance(0.4)
    ? [first, planDeployment(random, { operator: "bob", hosts: random.some(hosts, 0.5), startMs: random.int(0, 6000) })]
    : [first];
  return { round, seed, deployments, faults: hosts.flatMap((host) => planFaults(random, host)) };
}

function planDeployment(
  random: Random,
  options: {
    readonly operator: "alice" | "bob";
    readonly hosts: readonly RoundHost[];
    readonly startMs: number;
  },
): PlannedDeployment {
  const { operator, startMs } = options;
  const goal = random.pick(["switch", "switch", "switch", "test", "boot"]);
  const hosts = options.hosts.map(({ name }) => planHost(random, name, goal));
  const onFailure = random.pick(["continue", "continue", "stop", "revert-wave", "revert-all"]);
  const end = random.chance(0.4) ? planEnd(random, options.hosts) : undefined;
  return { operator, goal, hosts, onFailure, startMs, ...(end === undefined ? {} : { end }) };
}

function planHost(random: Random, host: string, goal: PlannedDeployment["goal"]): HostChoice {
  const system = chooseSystem(random, goal);
  return {
    host,
    system,
    confirmSeconds: random.int(4, 9),
    activationSeconds: random.int(8, 16),
    unitFailure: random.pick(["strict", "degraded", "degraded", "ignore"]),
    // Who does without a proof keeps what cannot be reached.
    magicRollback: system.worth === "bad" || random.chance(0.9),
    neverHealthy: random.chance(0.1),
  };
}

function planEnd(random: Random, hosts: readonly RoundHost[]): DeployerEnd {
  const signal = random.pick(["SIGKILL", "SIGKILL", "SIGINT", "SIGINT-twice", "SIGTERM"]);
  const host = hosts[random.int(0, hosts.length - 1)]?.name ?? "";
  return { signal, host, moment: chooseMoment(random) };
}

function planFaults(random: Random, { name, ownDisk }: RoundHost): readonly PlannedFault[] {
  if (random.chance(0.2)) return [];
  return Array.from({ length: random.pick([1, 1, 2, 3]) }, () => ({
    host: name,
    moment: chooseMoment(random),
    fault: chooseFault(random, { ownDisk }),
  }));
}
