import { FlurryError, sleep } from "@flurry/core";
import type { FleetLab } from "@flurry/lab";

import type { Moment, PlannedFault, RoundPlan } from "../plan/round-plan.ts";
import { applyFault } from "./apply-fault.ts";
import type { Deployment } from "./deployment.ts";
import type { RoundLog } from "./log.ts";

/** What the faults of a round need. */
export interface Scene {
  readonly fleet: FleetLab;
  readonly log: RoundLog;
  readonly startedAt: number;
  /** The deployments that have begun so far. */
  readonly deployments: readonly Deployment[];
  /** Aborts when it makes no sense to wait for a moment any longer. */
  readonly over: AbortSignal;
}

/** A fault and what became of it. */
export interface PastFault {
  readonly planned: PlannedFault;
  /** False when it waited for a moment that did not come. */
  readonly struck: boolean;
}

/** Lets the faults of a round happen, each at its moment. Resolves when the last one is mended. */
export async function runFaults({ faults }: RoundPlan, scene: Scene): Promise<readonly PastFault[]> {
  return await Promise.all(
    faults.map(async (planned): Promise<PastFault> => {
      const { host, moment, fault } = planned;
      if (!(await momentComes(moment, host, scene))) return { planned, struck: false };
      const name = JSON.stringify(fault);
      scene.log.say(host, `FAULT ${name} (${JSON.stringify(moment)})`);
      const outcome = await applyFault(scene.fleet.host(host), fault).catch((error: unknown) =>
        FlurryError.from(error).message.slice(0, 200),
      );
      scene.log.say(host, `fault ${fault.kind}: ${outcome}`);
      return { planned, struck: true };
    }),
  );
}

/** Ends the deployer of a deployment where the plan says so. */
export async function runEnd(deployment: Deployment, scene: Scene): Promise<void> {
  const { plannedEnd: end, planned } = deployment;
  const { operator } = planned;
  // Of others, what came to pass before it began is no moment of its own.
  const own = { ...scene, deployments: [deployment] };
  if (end === undefined || !(await momentComes(end.moment, end.host, own))) return;
  if (await deployment.interrupt(end.signal))
    scene.log.say(operator, `got ${end.signal} (${JSON.stringify(end.moment)} of ${end.host})`);
}

/** Waits for a moment; false when the round is over before. */
export async function momentComes(moment: Moment, host: string, scene: Scene): Promise<boolean> {
  try {
    while (!(await isNow(moment, host, scene))) await sleep(15, scene.over);
    if (moment.kind !== "time") await sleep(moment.afterMs, scene.over);
    return true;
  } catch {
    return false;
  }
}

async function isNow(moment: Moment, host: string, { fleet, startedAt, deployments }: Scene): Promise<boolean> {
  switch (moment.kind) {
    case "time":
      return performance.now() - startedAt >= moment.afterMs;
    case "deployer-ended":
      return deployments.some(
        ({ running, interrupted, hosts }) => !running && interrupted !== undefined && hosts.includes(host),
      );
    case "stage":
      return deployments.some((deployment) => deployment.hasBegun(host, moment.stage));
    case "field": {
      const paths = deployments.flatMap(({ runId }) =>
        runId === undefined ? [] : [`/var/lib/flurry/runs/${runId}/${moment.field}`],
      );
      const found = await Promise.all(paths.map((path) => fleet.host(host).exists(path)));
      return found.includes(true);
    }
  }
}
