import { FlurryError } from "@flurry/core";
import type { StorePath, Verdict, VerdictStatus } from "@flurry/core";
import type { PathInfo } from "@flurry/nix";
import { assignWaves } from "@flurry/schema";
import type { Rollout } from "@flurry/schema";

import type { ActivationGoal } from "../goal.ts";
import { activateOnHost, bringToHost, orGiveBackLock } from "../host/deploy-host.ts";
import type { HostFacts } from "../host/facts.ts";
import type { HostJob } from "../host/host-job.ts";
import type { HostLink } from "../host/host-link.ts";
import { renewing } from "../host/lock-renewal.ts";
import type { HostOutcome } from "../host/outcome.ts";
import type { MakeKeys } from "../keys/key-maker.ts";
import type { MadeKey } from "../keys/made-key.ts";
import type { ProfileJob } from "../profiles/profile-job.ts";
import { rebootHost } from "../reboot/reboot-host.ts";
import type { RebootWish } from "../reboot/reboot-wish.ts";
import type { RunContext } from "../run-context.ts";
import { eachAfterNeeded } from "./after-needed.ts";
import { passGate } from "./gate.ts";
import { revertHosts } from "./revert-hosts.ts";
import { stageSlots, takeTurns } from "./stage-slots.ts";
import type { StageSlots } from "./stage-slots.ts";
import type { VerdictBoard } from "./verdict-board.ts";

/** A host whose system is built and that is to be taken to it. */
export interface ReadyHost {
  readonly link: HostLink;
  readonly candidate: StorePath;
  readonly facts: HostFacts;
  /** All that the candidate refers to, itself included; absent when it is not in this machine's store but in the host's. */
  readonly closure?: readonly PathInfo[];
  /** The generation that the host had before the run, where an earlier deployer has committed its candidate already. */
  readonly cameFrom?: number;
  /** When going back: the generation that the candidate is. */
  readonly generation?: number;
  /** True when the candidate is what the host runs already, and only profiles change. */
  readonly keepsSystem?: boolean;
  readonly profiles?: readonly ProfileJob[];
}

/** What a roll-out needs. */
export interface RolloutPlan {
  readonly runId: string;
  readonly goal: ActivationGoal;
  readonly rollout: Rollout;
  readonly parallel: number;
  readonly ready: readonly ReadyHost[];
  readonly board: VerdictBoard;
  /** Reboot hosts that were deployed; never unless given. */
  readonly reboot?: RebootWish;
  /** Makes the keys that hosts get; without it they get none. */
  readonly makeKeys?: MakeKeys;
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
    const activate = Math.min(plan.parallel, wave.parallel ?? plan.parallel);
    const slots = stageSlots({ copy: plan.rollout.parallel.copy, activate });
    const order = { ...byNeed, limit: slots.hosts };
    await eachAfterNeeded(members, order, (ready) => deployUnlessHeldBack(ready, { ...plan, slots }, context));
    done.push(...members);
    const failed = members.filter(({ link }) => bad.has(plan.board.get(link.host.name)?.status ?? "failed"));
    if (failed.length > 0 && plan.rollout.onFailure !== "continue") {
      await afterFailure(plan, { members, done }, context);
      return;
    }
    const gate = { wave, members, left: plan.ready.length - done.length, board: plan.board };
    const result = await passGate(gate, context);
    if (result === "refused") return skipTheRest(plan, "nobody agreed to go on after the wave before");
    if (result === "unhealthy" && plan.rollout.onFailure !== "continue") {
      await afterFailure(plan, { members, done }, context);
      return;
    }
  }
}

const byNeed = {
  nameOf: ({ link }: ReadyHost): string => link.host.name,
  needsOf: ({ link }: ReadyHost): readonly string[] => link.host.dependsOn ?? [],
};

/** A roll-out with the turns of the wave that is under way. */
interface WavePlan extends RolloutPlan {
  readonly slots: StageSlots;
}

/** A host stays as it is when one that it depends on did not get to where this run was to take it. */
async function deployUnlessHeldBack(ready: ReadyHost, plan: WavePlan, context: RunContext): Promise<void> {
  const { name, dependsOn = [] } = ready.link.host;
  const broken = dependsOn.find((needed) => isLost(plan.board.get(needed)));
  if (broken === undefined) return await deployOne(ready, plan, context);
  const why = `${broken}, which it depends on, was not deployed`;
  plan.board.skip(name, new FlurryError("FLURRY_ABORTED", why, { hint: `Deploy both when ${broken} is mended.` }));
}

/** A host that is skipped without an error was left out because that is all right. */
function isLost(verdict: Verdict | undefined): boolean {
  return (
    verdict !== undefined && (bad.has(verdict.status) || (verdict.status === "skipped" && verdict.error !== undefined))
  );
}

async function deployOne(ready: ReadyHost, plan: WavePlan, context: RunContext): Promise<void> {
  const { link, candidate, closure, facts, generation, keepsSystem, profiles, cameFrom = facts.generation } = ready;
  const { name } = link.host;
  const { board, runId, goal } = plan;
  const held = new FlurryError("FLURRY_ABORTED", "the run was asked to stop before this host began");
  const goOn = (): void => {
    if (context.drain?.aborted === true) throw held;
  };
  const jobOf = (keys: readonly MadeKey[]): HostJob => ({
    runId,
    goal,
    candidate,
    before: facts.current,
    operator: context.operator,
    ...(closure === undefined ? {} : { closure }),
    ...(generation === undefined ? {} : { restoreGeneration: generation }),
    ...(keepsSystem === undefined ? {} : { keepsSystem }),
    ...(profiles === undefined ? {} : { profiles }),
    ...(keys.length === 0 ? {} : { keys }),
  });
  try {
    // Before anything is done on the host, and before it takes a turn: somebody may have to touch a token.
    const job = jobOf(goal === "dry-activate" ? [] : ((await plan.makeKeys?.(link.host)) ?? []));
    await takeTurns(plan.slots, {
      copy: async () => {
        goOn();
        return await bringToHost(link, job, context);
      },
      wait: (run) => renewing(run, context.signal),
      activate: async (run) => {
        await orGiveBackLock(run, async () => goOn());
        const outcome = await activateOnHost(run, job, context);
        const { reboot } = plan;
        if (reboot === undefined || outcome.status !== "deployed")
          return board.settle(name, goal === "boot" ? toBoot(outcome, candidate) : outcome, facts.current);
        const rebooted = rebootHost(link, { job, outcome, before: cameFrom, wish: reboot }, context);
        board.settle(name, await rebooted.catch((error: unknown) => notRebooted(outcome, error)), facts.current);
      },
    });
  } catch (error) {
    if (error === held) board.skip(name, held);
    else board.fail(name, error, { stage: "preflight", before: facts.current });
  }
}

/** A host that is to boot a system runs the old one until then, and nothing else would tell the new one. */
function toBoot(outcome: HostOutcome, candidate: StorePath): HostOutcome {
  if (outcome.status !== "deployed") return outcome;
  return { ...outcome, note: `boots ${candidate.slice("/nix/store/".length).slice(0, 8)} next` };
}

/** The system was committed; only what came then failed. */
function notRebooted({ after, generation, failedUnits }: HostOutcome, error: unknown): HostOutcome {
  const known = {
    failedUnits,
    ...(after === undefined ? {} : { after }),
    ...(generation === undefined ? {} : { generation }),
  };
  return { status: "failed", ...known, error: FlurryError.from(error) };
}

async function afterFailure(
  plan: RolloutPlan,
  { members, done }: { readonly members: readonly ReadyHost[]; readonly done: readonly ReadyHost[] },
  context: RunContext,
): Promise<void> {
  const { onFailure } = plan.rollout;
  if (onFailure === "revert-wave") await revertHosts(members, plan, context);
  if (onFailure === "revert-all") await revertHosts(done, plan, context);
  skipTheRest(plan, "a host of an earlier wave failed", "Deploy again when it is mended; see `rollout.onFailure`.");
}

function skipTheRest({ ready, board }: RolloutPlan, why: string, hint?: string): void {
  for (const { link } of ready)
    if (!board.has(link.host.name))
      board.skip(link.host.name, new FlurryError("FLURRY_ABORTED", why, hint === undefined ? {} : { hint }));
}
