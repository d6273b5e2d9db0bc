import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import type { ActivationGoal } from "../goal.ts";
import { deployHost } from "../host/deploy-host.ts";
import { readFacts } from "../host/facts.ts";
import type { HostJob } from "../host/host-job.ts";
import type { HostOutcome } from "../host/outcome.ts";
import { profilesBack } from "../profiles/profile-changes.ts";
import type { RunContext } from "../run-context.ts";
import { newRunId } from "../run-id.ts";
import { eachHost } from "./each-host.ts";
import { outcomeOfMoved } from "./outcome-of-moved.ts";
import type { ReadyHost, RolloutPlan } from "./roll-out.ts";

/**
 * Takes the hosts that this run has deployed back to the systems that they ran before, under the same protocol as any
 * deployment. Each is tried, whatever happens to the others; hosts that this run did not change are left alone.
 */
export async function revertHosts(hosts: readonly ReadyHost[], plan: RolloutPlan, context: RunContext): Promise<void> {
  const changed = hosts.filter((host) => isOnNewSystem(host, plan));
  await eachHost(changed, plan.parallel, (host) => revertOne(host, plan, context));
}

/** A host that was healthy when it was confirmed, and no longer is, has to go back as well. */
function isOnNewSystem({ link, candidate }: ReadyHost, { board }: RolloutPlan): boolean {
  const verdict = board.get(link.host.name);
  const isSick = verdict?.error?.code === "FLURRY_HEALTH_FAILED" && verdict.after === candidate;
  return verdict?.status === "deployed" || (verdict?.status === "failed" && isSick);
}

/** What takes a host back to what it ran before. */
function wayBack(
  { candidate, facts, keepsSystem = false, profiles = [] }: ReadyHost,
  goal: ActivationGoal,
  operator: string,
): HostJob {
  // What was to boot next may have been another system than the one that ran.
  const back = goal === "boot" && !keepsSystem ? (facts.profile ?? facts.current) : facts.current;
  return {
    runId: newRunId(new Date()),
    goal,
    candidate: back,
    before: goal === "boot" || keepsSystem ? facts.current : candidate,
    operator,
    proof: "contact",
    ...(facts.generation === undefined || facts.profile !== back ? {} : { restoreGeneration: facts.generation }),
    keepsSystem,
    profiles: profilesBack(profiles),
  };
}

async function revertOne(host: ReadyHost, plan: RolloutPlan, context: RunContext): Promise<void> {
  const { link, candidate, facts } = host;
  const { name } = link.host;
  const job = wayBack(host, plan.goal, context.operator);
  const sickness = plan.board.get(name)?.error;
  const why =
    sickness === undefined
      ? new FlurryError(
          "FLURRY_NOT_CONFIRMED",
          "it worked, but another host failed and the rollout's policy takes it back",
          { host: name },
        )
      : FlurryError.fromJSON(sickness);
  try {
    const outcome = await deployHost(link, job, context);
    // To go back is a deployment of its own: one that is reverted leaves the host on its new system.
    if (outcome.status === "reverted") throw outcome.error ?? why;
    const status = outcome.status === "deployed" ? "reverted" : outcome.status;
    plan.board.settle(name, { ...outcome, status, error: outcome.error ?? why }, facts.current);
  } catch (error) {
    const outcome = (await leftByItself(host, error, context)) ?? staysOn(candidate, error);
    plan.board.settle(name, outcome, facts.current);
  }
}

/** What became of a host that refused to go back because it runs something else by now. */
async function leftByItself(
  { link, candidate, facts }: ReadyHost,
  error: unknown,
  { signal }: RunContext,
): Promise<HostOutcome | undefined> {
  if (!FlurryError.is(error) || error.code !== "FLURRY_HOST_MOVED") return undefined;
  const now = await readFacts(link, signal).catch((cause: unknown) => FlurryError.from(cause));
  return now instanceof FlurryError ? undefined : outcomeOfMoved(now, { candidate, before: facts.current, error });
}

function staysOn(candidate: StorePath, error: unknown): HostOutcome {
  const message = `the host stays on its new system: ${FlurryError.from(error).message}`;
  const failure = new FlurryError("FLURRY_REVERT_FAILED", message, { cause: error });
  return { status: "failed", after: candidate, failedUnits: [], error: failure };
}
