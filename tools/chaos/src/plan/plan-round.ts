import { seededRandom, seedOfRound } from "../random.ts";
import type { Random } from "../random.ts";
import { chooseFault, chooseMoment } from "./faults.ts";
import { planDeployment } from "./plan-deployment.ts";
import type { PlannedErrand, PlannedFault, RoundPlan } from "./round-plan.ts";

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
  const deployments = [first];
  if (random.chance(0.4)) {
    const some = random.some(hosts, 0.5);
    deployments.push(planDeployment(random, { operator: "bob", hosts: some, startMs: random.int(0, 6000) }));
  }
  const deployersEnd = deployments.some(({ end }) => end !== undefined);
  const faults = hosts.flatMap((host) => planFaults(random, host, deployersEnd));
  const errands = random.chance(0.5) ? [planErrand(random, hosts)] : [];
  // What was there before is not sent again.
  const keyValue = (name: string): string => random.pick([`${name}-${round}`, `${name}-${round}`, "shared"]);
  const keyValues = { alice: keyValue("alice"), bob: keyValue("bob") };
  return { round, seed, keyValues, deployments, errands, faults };
}

function planErrand(random: Random, hosts: readonly RoundHost[]): PlannedErrand {
  const command = random.pick(["status", "exec", "exec", "gc", "gc", "gc", "upload-keys"]);
  const operator = random.pick(["alice", "bob"]);
  const names = random.some(hosts, 0.6).map(({ name }) => name);
  return { command, operator, hosts: names, moment: chooseMoment(random) };
}

function planFaults(random: Random, { name, ownDisk }: RoundHost, deployersEnd: boolean): readonly PlannedFault[] {
  if (random.chance(0.15)) return [];
  return Array.from({ length: random.pick([1, 2, 2, 3, 4]) }, () => ({
    host: name,
    moment: chooseMoment(random, { deployersEnd }),
    fault: chooseFault(random, { ownDisk }),
  }));
}
