import { FlurryError } from "@flurry/core";
import type { StorePath, VerdictStatus } from "@flurry/core";
import { sleep } from "@flurry/core";
import type { PathInfo } from "@flurry/nix";
import { assignWaves } from "@flurry/schema";
import type { Rollout } from "@flurry/schema";

import type { Goal } from "../goal.ts";
import { deployHost } from "../host/deploy-host.ts";
import type { HostFacts } from "../host/facts.ts";
import type { HostLink } from "../host/host-link.ts";
import type { RunContext } from "../run-context.ts";
import { eachHost } from "./each-host.ts";
import { revertHosts } from "./revert-hosts.ts";
import type { VerdictBoard } from "./verdict-board.ts";

/** A host whose system is built and that is to be taken to it. */
export interface ReadyHost {
  readonly link: HostLink;
  readonly candidate: StorePath;
  readonly facts: HostFacts;
  /** All that the candidate refers to, itself included; absent when it is not in this machine's store but in the host's. */
  readonly closure?: readonly PathInfo[];
}

/** What a roll-out needs. */
export interface RolloutPlan {
  readonly runId: string;
  readonly goal: Goal;
  readonly rollout: Rollout;
  readonly parallel: number;
  readonly ready: readonly ReadyHost[];
  readonly board: VerdictBoard;
}

const bad: ReadonlySet<VerdictStatus> = new Set(["failed", "reverted", "unreachable"]);

/** Deploys the hosts wave by wave, and decides by the fleet's policy what a failure means for the others. */
export async function rollOut(plan: RolloutPlan, context: RunContext): Promise<void> {
  const byName = new Map(plan.ready.map((ready) => [ready.link.host.name, ready]));
  const done: ReadyHost[] = [];
  for (const { wave, hosts } of assignWaves(
    plan.rollout,
    plan.ready.map(({ link }) => link.host),
  )) {
    const members = hosts.flatMap(({ name }) => byName.get(name) ?? []);
    const limit = Math.min(plan.parallel, wave.parallel ?? plan.parallel);
    await eachHost(members, limit, (ready) => deployOne(ready, plan, context));
    done.push(...members);
    const failed = members.filter(({ link }) => bad.has(plan.board.get(link.host.name)?.status ?? "failed"));
    if (failed.length > 0 && plan.rollout.onFailure !== "continue") {
      await afterFailure(plan, { members, done }, context);
      return;
    }
    if (wave.pauseMs > 0 && done.length < plan.ready.length) await sleep(wave.pauseMs, context.signal);
  }
}

async function deployOne(ready: ReadyHost, plan: RolloutPlan, context: RunContext): Promise<void> {
  const { link, candidate, closure, facts } = ready;
  const { name } = link.host;
  const { board, runId, goal } = plan;
  if (context.drain?.aborted === true) {
    board.skip(name, new FlurryError("FLURRY_ABORTED", "the run was asked to stop before this host began"));
    return;
  }
  const job = { runId, goal, candidate, before: facts.current, operator: context.operator };
  try {
    board.settle(
      name,
      await deployHost(link, closure === undefined ? job : { ...job, closure }, context),
      facts.current,
    );
  } catch (error) {
    board.fail(name, error, { stage: "preflight", before: facts.current });
  }
}

async function afterFailure(
  plan: RolloutPlan,
  { members, done }: { readonly members: readonly ReadyHost[]; readonly done: readonly ReadyHost[] },
  context: RunContext,
): Promise<void> {
  const { onFailure } = plan.rollout;
  if (onFailure === "revert-wave") await revertHosts(members, plan, context);
  if (onFailure === "revert-all") await revertHosts(done, plan, context);
  for (const { link } of plan.ready) {
    if (plan.board.has(link.host.name)) continue;
    plan.board.skip(
      link.host.name,
      new FlurryError("FLURRY_ABORTED", "a host of an earlier wave failed", {
        hint: "Deploy again when it is mended; see `rollout.onFailure`.",
      }),
    );
  }
}
