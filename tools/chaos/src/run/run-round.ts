import { setMaxListeners } from "node:events";

import { FlurryError, sleep } from "@flurry/core";
import type { FleetLab, LabHost } from "@flurry/lab";

import type { HostState } from "../check/host-state.ts";
import type { HostBefore } from "../check/judge-host.ts";
import type { PlannedDeployment, RoundPlan } from "../plan/round-plan.ts";
import { Deployment } from "./deployment.ts";
import type { DeploymentEnd } from "./deployment.ts";
import { runEnd, runFaults } from "./fault-schedule.ts";
import type { FaultCount, Scene } from "./fault-schedule.ts";
import { heal, healSshd } from "./heal.ts";
import { roundLog } from "./log.ts";
import type { RoundLog } from "./log.ts";
import { writeConfigurations } from "./operator.ts";
import type { Operator } from "./operator.ts";
import { awaitDeadlines, settleHosts } from "./settle.ts";

/** What rounds are run with. */
export interface RoundContext {
  readonly fleet: FleetLab;
  readonly operators: readonly Operator[];
  readonly flurry: string;
  /** Hosts that are at rest. The others hold the lease of a deployer that died, and are left alone until it is over. */
  readonly before: ReadonlyMap<string, HostBefore>;
}

/** A deployment that took place. */
export interface PastDeployment {
  readonly deployment: Deployment;
  readonly end: DeploymentEnd;
}

/** What a round came to. */
export interface RoundResult {
  readonly log: RoundLog;
  readonly deployments: readonly PastDeployment[];
  readonly faults: FaultCount;
  readonly states: ReadonlyMap<string, HostState>;
}

/** Deploys, breaks, mends, and waits until the hosts say that they are at rest. */
export async function runRound(plan: RoundPlan, context: RoundContext): Promise<RoundResult> {
  const { fleet, operators, flurry, before } = context;
  const log = roundLog(() => performance.now());
  const hosts = fleet.lab.hosts.filter(({ name }) => before.has(name));
  await Promise.all(
    plan.deployments.map((planned) => writeConfigurations(fleet, operatorOf(operators, planned), planned)),
  );
  log.say("round", "the configurations are written");
  const { past, faults } = await play(plan, context, log);
  await Promise.all(hosts.map((host) => heal(host, log)));
  log.say("round", "all faults are mended");
  await awaitDeadlines(hosts);
  const harmed = new Set(plan.faults.flatMap(({ host, fault }) => (fault.kind.startsWith("sshd") ? [host] : [])));
  await Promise.all(hosts.filter(({ name }) => harmed.has(name)).map(healSshd));
  log.say("round", "the hosts' deadlines are over");
  const directory = operators[0]?.directory ?? fleet.directory;
  const states = await settleHosts(fleet, { hosts, directory, flurry, log });
  log.say("round", "the hosts were asked");
  return { log, deployments: past, faults, states };
}

async function play(
  plan: RoundPlan,
  { fleet, operators, flurry, before }: RoundContext,
  log: RoundLog,
): Promise<{ readonly past: readonly PastDeployment[]; readonly faults: FaultCount }> {
  const over = new AbortController();
  // Every fault waits on it.
  setMaxListeners(0, over.signal);
  const deployments: Deployment[] = [];
  const scene: Scene = { fleet, log, startedAt: performance.now(), deployments, over: over.signal };
  const usable = { ...plan, faults: plan.faults.filter(({ host }) => before.has(host)) };
  const faults = runFaults(usable, scene);
  const past = await Promise.all(
    plan.deployments.map(async (planned): Promise<readonly PastDeployment[]> => {
      const hosts = planned.hosts.flatMap(({ host }) => (before.has(host) ? [host] : []));
      if (hosts.length === 0) return [];
      await sleep(planned.startMs);
      const operator = operatorOf(operators, planned);
      const deployment = Deployment.start(fleet, { planned, operator, hosts, flurry });
      deployments.push(deployment);
      log.say(operator.name, `deploys ${planned.goal} (${planned.onFailure}): ${describe(planned)}`);
      const ending = runEnd(deployment, scene);
      const end = await deployment.ended;
      log.say(operator.name, describeEnd(deployment, end));
      for (const { host, status, error } of end.verdicts ?? [])
        log.say(
          host,
          `${operator.name} says ${status} ${error === undefined ? "" : `${error.code}: ${error.message}`}`,
        );
      void ending;
      return [{ deployment, end }];
    }),
  );
  // Moments after a deployer's death still come: give what waits for them the time until hosts have gone back.
  if (past.flat().some(({ end }) => end.verdicts === undefined)) await afterDeath(fleet, before);
  over.abort();
  return { past: past.flat(), faults: await faults };
}

async function afterDeath(fleet: FleetLab, before: ReadonlyMap<string, HostBefore>): Promise<void> {
  const isUp = (host: LabHost): Promise<boolean> => host.isUp();
  const hosts = fleet.lab.hosts.filter(({ name }) => before.has(name));
  const up = await Promise.all(hosts.map(isUp));
  await awaitDeadlines(hosts.filter((_, index) => up[index] === true));
}

function operatorOf(operators: readonly Operator[], { operator }: PlannedDeployment): Operator {
  const found = operators.find(({ name }) => name === operator);
  if (found === undefined) throw new FlurryError("FLURRY_USAGE", `there is no operator ${operator}`);
  return found;
}

function describe({ hosts }: PlannedDeployment): string {
  return hosts
    .map(({ host, system, confirmSeconds, activationSeconds, unitFailure, magicRollback, neverHealthy }) => {
      const flags = `${magicRollback ? "" : " no-magic"}${neverHealthy ? " never-healthy" : ""}`;
      return `${host}=${system.name}(${confirmSeconds}/${activationSeconds}s ${unitFailure}${flags})`;
    })
    .join(" ");
}

function describeEnd({ runId }: Deployment, { exitCode, signal, verdicts, hung, stderr }: DeploymentEnd): string {
  const how = hung ? "hung and was killed" : `ended with ${exitCode ?? signal}`;
  const said = verdicts === undefined ? `, said no verdicts: ${stderr.trim().slice(-600)}` : "";
  return `run ${runId ?? "without a name"} ${how}${said}`;
}
