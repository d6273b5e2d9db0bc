import { setMaxListeners } from "node:events";

import { FlurryError } from "@flurry/core";
import type { FleetLab } from "@flurry/lab";

import type { HostState } from "../check/host-state.ts";
import type { HostBefore } from "../check/judge-host.ts";
import type { PlannedDeployment, RoundPlan } from "../plan/round-plan.ts";
import { runErrand } from "./errand.ts";
import type { PastErrand } from "./errand.ts";
import { momentComes, runFaults } from "./fault-schedule.ts";
import type { PastFault, Scene } from "./fault-schedule.ts";
import { writeKeyValue } from "./fleet-repository.ts";
import type { Operator } from "./fleet-repository.ts";
import { heal, healSshd } from "./heal.ts";
import { roundLog } from "./log.ts";
import type { RoundLog } from "./log.ts";
import { runDeployments } from "./run-deployments.ts";
import type { OpenScene, PastDeployment } from "./run-deployments.ts";
import { awaitDeadlines, settleHosts } from "./settle.ts";
import { writeConfigurations } from "./write-configurations.ts";

/** What rounds are run with. */
export interface RoundContext {
  readonly fleet: FleetLab;
  readonly operators: readonly Operator[];
  readonly flurry: string;
  /** Hosts that are at rest. The others hold the lease of a deployer that died, and are left alone until it is over. */
  readonly before: ReadonlyMap<string, HostBefore>;
}

/** The parts of a round, each with the seconds that it took. */
export type RoundSeconds = Readonly<Record<"writing" | "deploying" | "waiting" | "asking", number>>;

/** What a round came to. */
export interface RoundResult {
  readonly plan: RoundPlan;
  readonly log: RoundLog;
  readonly deployments: readonly PastDeployment[];
  readonly errands: readonly PastErrand[];
  readonly faults: readonly PastFault[];
  readonly states: ReadonlyMap<string, HostState>;
  readonly seconds: RoundSeconds;
}

/** Deploys, breaks, mends, and waits until the hosts say that they are at rest. */
export async function runRound(plan: RoundPlan, context: RoundContext): Promise<RoundResult> {
  const { fleet, operators, flurry, before } = context;
  const log = roundLog(() => performance.now());
  const lap = stopwatch();
  const hosts = fleet.lab.hosts.filter(({ name }) => before.has(name));
  await Promise.all(operators.map((operator) => writeKeyValue(operator, plan.keyValues[operator.name])));
  await Promise.all(
    plan.deployments.map((planned) => writeConfigurations(fleet, operatorOf(operators, planned), planned)),
  );
  log.say("round", "the configurations are written");
  const writing = lap();
  const { deployments, errands, faults } = await play(plan, context, log);
  const deploying = lap();
  await Promise.all(hosts.map((host) => heal(host, log)));
  log.say("round", "all faults are mended");
  await awaitDeadlines(hosts);
  const harmed = new Set(plan.faults.flatMap(({ host, fault }) => (fault.kind.startsWith("sshd") ? [host] : [])));
  await Promise.all(hosts.filter(({ name }) => harmed.has(name)).map(healSshd));
  log.say("round", "the hosts' deadlines are over");
  const waiting = lap();
  const directory = operators[0]?.directory ?? fleet.directory;
  const states = await settleHosts(fleet, { hosts, directory, flurry, log });
  log.say("round", "the hosts were asked");
  return { plan, log, deployments, errands, faults, states, seconds: { writing, deploying, waiting, asking: lap() } };
}

type Played = Pick<RoundResult, "deployments" | "errands" | "faults">;

async function play(plan: RoundPlan, context: RoundContext, log: RoundLog): Promise<Played> {
  const { fleet, before } = context;
  const over = new AbortController();
  // Every fault waits on it.
  setMaxListeners(0, over.signal);
  const scene: OpenScene = { fleet, log, startedAt: performance.now(), deployments: [], over: over.signal };
  const usable = { ...plan, faults: plan.faults.filter(({ host }) => before.has(host)) };
  const faults = runFaults(usable, scene);
  const errands = runErrands(plan, context, scene);
  const deployments = await runDeployments(plan, context, scene);
  // Moments after a deployer's death still come: give what waits for them the time until hosts have gone back.
  if (deployments.some(({ end }) => end.verdicts === undefined)) await afterDeath(fleet, before);
  over.abort();
  return { deployments, faults: await faults, errands: await errands };
}

async function runErrands(
  { errands }: RoundPlan,
  { fleet, operators, flurry, before }: RoundContext,
  scene: Scene,
): Promise<readonly PastErrand[]> {
  const { log } = scene;
  const past = await Promise.all(
    errands.map(async (planned): Promise<readonly PastErrand[]> => {
      const hosts = planned.hosts.filter((host) => before.has(host));
      const [first] = hosts;
      if (first === undefined || !(await momentComes(planned.moment, first, scene))) return [];
      log.say(planned.operator, `begins ${planned.command} of ${hosts.join(", ")}`);
      const done = await runErrand(fleet, { planned, hosts, operator: operatorOf(operators, planned), flurry });
      log.say(planned.operator, `${planned.command} ended with ${done.exitCode ?? "nothing"}`);
      return [done];
    }),
  );
  return past.flat();
}

async function afterDeath(fleet: FleetLab, before: ReadonlyMap<string, HostBefore>): Promise<void> {
  const hosts = fleet.lab.hosts.filter(({ name }) => before.has(name));
  const up = await Promise.all(hosts.map((host) => host.isUp()));
  await awaitDeadlines(hosts.filter((_, index) => up[index] === true));
}

function operatorOf(operators: readonly Operator[], { operator }: Pick<PlannedDeployment, "operator">): Operator {
  const found = operators.find(({ name }) => name === operator);
  if (found === undefined) throw new FlurryError("FLURRY_USAGE", `there is no operator ${operator}`);
  return found;
}

/** Seconds since the last call, or since it was made. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
