import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import type { LockedFlake } from "@flurry/nix";

import type { HostFacts } from "../host/facts.ts";
import type { PlannedHost, SavedPlan } from "./saved-plan.ts";

const hint = "Make the plan again with flurry plan --out, look at it, and deploy that.";

/**
 * Refuses a plan that was made from another source than the flake has now.
 *
 * @throws FlurryError FLURRY_PLAN_STALE
 */
export function requireSameSource({ source }: SavedPlan, flake: LockedFlake): void {
  if (source.revision !== flake.revision && source.revision !== undefined && flake.revision !== undefined)
    throw stale(
      `the flake was at ${source.revision.slice(0, 7)} when the plan was made, and is at ${flake.revision.slice(0, 7)} now`,
    );
  if (source.narHash !== flake.narHash)
    throw stale(
      `the files of the flake are not those that the plan was made from (${flake.dirty ? "there are uncommitted changes" : "or its lock file"})`,
    );
}

/** What is known of the hosts of a plan right before it is carried out. */
export interface PlanReality {
  readonly facts: ReadonlyMap<string, Pick<HostFacts, "current" | "profile">>;
  readonly wanted: ReadonlyMap<string, { readonly outPath: StorePath }>;
  /** True for hosts that may be left out because they cannot be reached. */
  readonly isLeftOut: (host: string) => boolean;
}

/**
 * Refuses a plan whose hosts have moved since it was made. A host that is on its new system already has not: the plan was
 * carried out before, in part.
 *
 * @throws FlurryError FLURRY_PLAN_STALE naming every host that moved, and what
 */
export function requireUnmoved(planned: readonly PlannedHost[], { facts, wanted, isLeftOut }: PlanReality): void {
  const moved = planned.flatMap((one) =>
    isLeftOut(one.host) ? [] : movedTexts(one, facts.get(one.host), wanted.get(one.host)),
  );
  const [first] = moved;
  if (first === undefined) return;
  throw stale(moved.length === 1 ? first : `${moved.length} hosts are not as they were`, moved);
}

function movedTexts(
  planned: PlannedHost,
  facts: Pick<HostFacts, "current" | "profile"> | undefined,
  wanted: { readonly outPath: StorePath } | undefined,
): readonly string[] {
  const { host, current, profile, outPath } = planned;
  if (wanted === undefined) return [`${host} does not evaluate any more`];
  if (wanted.outPath !== outPath)
    return [`${host} evaluates to ${wanted.outPath} now, and to ${outPath} when the plan was made`];
  if (facts === undefined) return [`${host} could not be asked what it runs now`];
  if (facts.current === outPath) return [];
  if (facts.current !== current)
    return [`${host} runs ${facts.current} now, and ran ${current} when the plan was made`];
  if (facts.profile !== profile)
    return [
      `the profile of ${host} leads to ${facts.profile ?? "nothing"} now, and led to ${profile ?? "nothing"} when the plan was made`,
    ];
  return [];
}

function stale(message: string, moved: readonly string[] = []): FlurryError {
  return new FlurryError(
    "FLURRY_PLAN_STALE",
    message,
    moved.length > 1 ? { hint, details: moved.join("\n") } : { hint },
  );
}
