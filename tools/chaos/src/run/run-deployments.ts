import { FlurryError, sleep } from "@flurry/core";

import type { PlannedDeployment, RoundPlan } from "../plan/round-plan.ts";
import { Deployment } from "./deployment.ts";
import type { DeploymentEnd, DeploymentParts } from "./deployment.ts";
import { runEnd } from "./fault-schedule.ts";
import type { Scene } from "./fault-schedule.ts";
import type { RoundLog } from "./log.ts";
import type { RoundContext } from "./run-round.ts";

/** A deployment that took place. */
export interface PastDeployment {
  readonly deployment: Deployment;
  readonly end: DeploymentEnd;
}

/** A round's stage on which deployments appear as they begin. */
export type OpenScene = Scene & { readonly deployments: Deployment[] };

/** Lets the deployments of a round happen, each with those that go on with it, in the order of their beginning. */
export async function runDeployments(
  plan: RoundPlan,
  context: RoundContext,
  scene: OpenScene,
): Promise<readonly PastDeployment[]> {
  const chains = plan.deployments.map((planned) => runChain(planned, context, scene));
  return (await Promise.all(chains)).flat();
}

async function runChain(
  planned: PlannedDeployment,
  context: RoundContext,
  scene: OpenScene,
): Promise<readonly PastDeployment[]> {
  const { fleet, operators, flurry, before } = context;
  const hosts = planned.hosts.flatMap(({ host }) => (before.has(host) ? [host] : []));
  const operator = operators.find(({ name }) => name === planned.operator);
  if (operator === undefined) throw new FlurryError("FLURRY_USAGE", `there is no operator ${planned.operator}`);
  if (hosts.length === 0) return [];
  await sleep(planned.startMs);
  const run = async (parts: Pick<DeploymentParts, "end" | "resumes">): Promise<PastDeployment> => {
    const deployment = Deployment.start(fleet, { planned, operator, hosts, flurry, ...parts });
    scene.deployments.push(deployment);
    scene.log.say(operator.name, describe(deployment));
    return await untilEnded(deployment, scene);
  };
  const past = [await run({ end: planned.end, resumes: undefined })];
  for (const resume of planned.resumes) {
    const last = past.at(-1);
    if (last === undefined || !canGoOn(last)) break;
    await sleep(resume.afterMs);
    past.push(await run({ end: resume.end, resumes: last.deployment }));
  }
  return past;
}

/** There is a run, and something of it was not done. */
function canGoOn({ deployment, end }: PastDeployment): boolean {
  const { runId, interrupted, planned } = deployment;
  const wasEnded = interrupted !== undefined || planned.resumesFailures;
  return runId !== undefined && wasEnded && end.exitCode !== 0 && !end.hung;
}

async function untilEnded(deployment: Deployment, { log, ...scene }: Scene): Promise<PastDeployment> {
  const { operator } = deployment.planned;
  const ending = runEnd(deployment, { ...scene, log });
  const end = await deployment.ended;
  log.say(operator, describeEnd(deployment, end));
  sayVerdicts(operator, end, log);
  void ending;
  return { deployment, end };
}

function sayVerdicts(operator: string, { verdicts = [] }: DeploymentEnd, log: RoundLog): void {
  for (const { host, status, error } of verdicts)
    log.say(host, `${operator} says ${status} ${error === undefined ? "" : `${error.code}: ${error.message}`}`);
}

function describe({ planned, resumes, hosts }: Deployment): string {
  if (resumes !== undefined) return `goes on with ${resumes.runId ?? "nothing"}`;
  const { command, goal, onFailure, unreachable, waves, parallel, reboot, transport, clock, bringsKeys } = planned;
  if (command === "rollback") return `takes back ${hosts.join(" ")} (${onFailure})`;
  const manner = [
    onFailure,
    `unreachable ${unreachable}`,
    ...(waves === undefined ? [] : [`waves ${waves.map((wave) => wave.join("+")).join(", ")}`]),
    `parallel ${parallel}`,
    ...(reboot === undefined ? [] : [reboot]),
    transport,
    ...(clock.hours === 0 ? [] : [`clock ${clock.hours} h after ${clock.afterMs} ms`]),
    bringsKeys ? "keys" : "no keys",
  ];
  const choices = planned.hosts.map(
    ({ host, system, confirmSeconds, activationSeconds, unitFailure, magicRollback, neverHealthy, profiles }) => {
      const flags = `${magicRollback ? "" : " no-magic"}${neverHealthy ? " never-healthy" : ""}${profiles === undefined ? "" : ` banner ${profiles.banner} notes ${profiles.notes}`}`;
      return `${host}=${system.name}(${confirmSeconds}/${activationSeconds}s ${unitFailure}${flags})`;
    },
  );
  return `deploys ${goal} (${manner.join("; ")}): ${choices.join(" ")}`;
}

function describeEnd({ runId }: Deployment, { exitCode, signal, verdicts, hung, stderr }: DeploymentEnd): string {
  const how = hung ? "hung and was killed" : `ended with ${exitCode ?? signal}`;
  const said = verdicts === undefined ? `, said no verdicts: ${stderr.trim().slice(-600)}` : "";
  return `run ${runId ?? "without a name"} ${how}${said}`;
}
