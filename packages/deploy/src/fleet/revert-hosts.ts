import { FlurryError } from "@flurry/core";

import { deployHost } from "../host/deploy-host.ts";
import type { RunContext } from "../run-context.ts";
import { newRunId } from "../run-id.ts";
import { eachHost } from "./each-host.ts";
import type { ReadyHost, RolloutPlan } from "./roll-out.ts";

/**
 * Takes the hosts that this run has deployed back to the systems that they ran before, under the same protocol as any
 * deployment. Each is tried, whatever happens to the others; hosts that this run did not change are left alone.
 */
export async function revertHosts(hosts: readonly ReadyHost[], plan: RolloutPlan, context: RunContext): Promise<void> {
  const changed = hosts.filter(({ link }) => plan.board.get(link.host.name)?.status === "deployed");
  await eachHost(changed, plan.parallel, (host) => revertOne(host, plan, context));
}

async function revertOne({ link, candidate, facts }: ReadyHost, plan: RolloutPlan, context: RunContext): Promise<void> {
  const { name } = link.host;
  const job = {
    runId: newRunId(new Date()),
    goal: plan.goal,
    candidate: facts.current,
    before: plan.goal === "boot" ? facts.current : candidate,
    operator: context.operator,
    ...(facts.generation === undefined || facts.profile !== facts.current
      ? {}
      : { restoreGeneration: facts.generation }),
  };
  const why = new FlurryError(
    "FLURRY_NOT_CONFIRMED",
    "it worked, but another host failed and the rollout's policy takes it back",
    { host: name },
  );
  try {
    const outcome = await deployHost(link, job, context);
    const status = outcome.status === "deployed" ? "reverted" : outcome.status;
    plan.board.settle(name, { ...outcome, status, error: outcome.error ?? why }, facts.current);
  } catch (error) {
    const failure = new FlurryError(
      "FLURRY_REVERT_FAILED",
      `the host stays on its new system: ${FlurryError.from(error).message}`,
      { host: name, cause: error },
    );
    plan.board.settle(name, { status: "failed", after: candidate, failedUnits: [], error: failure }, facts.current);
  }
}
