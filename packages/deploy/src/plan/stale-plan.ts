import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import type { LockedFlake } from "@flurry/nix";
import type { Profile } from "@flurry/schema";

import type { HostFacts } from "../host/facts.ts";
import type { PlannedHost, PlannedProfile, SavedPlan } from "./saved-plan.ts";

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
  readonly facts: ReadonlyMap<string, Pick<HostFacts, "current" | "profile" | "profiles">>;
  readonly wanted: {
    readonly systems: ReadonlyMap<string, { readonly outPath: StorePath }>;
    readonly profiles: ReadonlyMap<
      string,
      readonly { readonly profile: Pick<Profile, "name">; readonly outPath: StorePath }[]
    >;
  };
  /** True for hosts that may be left out because they cannot be reached. */
  readonly isLeftOut: (host: string) => boolean;
}

/**
 * Refuses a plan whose hosts have moved since it was made. A host or profile that is there already has not: the plan was
 * carried out before, in part.
 *
 * @throws FlurryError FLURRY_PLAN_STALE naming every host that moved, and what
 */
export function requireUnmoved(planned: readonly PlannedHost[], { facts, wanted, isLeftOut }: PlanReality): void {
  const moved = planned.flatMap((one) =>
    isLeftOut(one.host) ? [] : movedTexts(one, { facts: facts.get(one.host), wanted }),
  );
  const [first] = moved;
  if (first === undefined) return;
  throw stale(moved.length === 1 ? first : `${moved.length} hosts are not as they were`, moved);
}

function movedTexts(
  planned: PlannedHost,
  { facts, wanted }: { readonly facts: Facts | undefined; readonly wanted: PlanReality["wanted"] },
): readonly string[] {
  const { host, system, profiles = [] } = planned;
  const own = new Map(wanted.profiles.get(host)?.map(({ profile, outPath }) => [profile.name, outPath]));
  const otherwise = [
    ...(system === undefined ? [] : evaluatedTexts(host, system.outPath, wanted.systems.get(host)?.outPath)),
    ...profiles.flatMap(({ name, outPath }) => evaluatedTexts(`${host}.${name}`, outPath, own.get(name))),
  ];
  if (otherwise.length > 0) return otherwise;
  if (facts === undefined) return [`${host} could not be asked what it runs now`];
  return [...systemTexts(planned, facts), ...profiles.flatMap((one) => profileTexts(one, host, facts))];
}

type Facts = Pick<HostFacts, "current" | "profile" | "profiles">;

function evaluatedTexts(what: string, planned: StorePath, now: StorePath | undefined): readonly string[] {
  if (now === undefined) return [`${what} does not evaluate any more`];
  return now === planned ? [] : [`${what} evaluates to ${now} now, and to ${planned} when the plan was made`];
}

function systemTexts({ host, current, profile, system }: PlannedHost, facts: Facts): readonly string[] {
  if (system !== undefined && facts.current === system.outPath) return [];
  if (facts.current !== current)
    return [`${host} runs ${facts.current} now, and ran ${current} when the plan was made`];
  if (facts.profile !== profile)
    return [
      `the profile of ${host} leads to ${facts.profile ?? "nothing"} now, and led to ${profile ?? "nothing"} when the plan was made`,
    ];
  return [];
}

function profileTexts({ name, current, outPath }: PlannedProfile, host: string, facts: Facts): readonly string[] {
  const now = facts.profiles?.get(name)?.path;
  if (now === outPath || now === current) return [];
  return [
    `the profile ${name} of ${host} is ${now ?? "not there"} now, and was ${current ?? "not there"} when the plan was made`,
  ];
}

function stale(message: string, moved: readonly string[] = []): FlurryError {
  return new FlurryError(
    "FLURRY_PLAN_STALE",
    message,
    moved.length > 1 ? { hint, details: moved.join("\n") } : { hint },
  );
}
