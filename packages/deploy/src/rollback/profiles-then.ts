import type { StorePath } from "@flurry/core";

import { profilesBack } from "../profiles/profile-changes.ts";
import type { ProfileJob, ProfileState } from "../profiles/profile-job.ts";
import type { HostHistory } from "./host-history.ts";
import type { RecordedProfile, RecordedRun } from "./recorded-run.ts";

/** Where a profile goes when its host goes back. */
export interface ProfileMove {
  readonly name: string;
  readonly user: string;
  readonly from?: ProfileState;
  /** Missing where it stays as it is. */
  readonly to?: ProfileState;
  /** Why it stays although its host goes back. */
  readonly stays?: "what it was then is not known" | "it was not there then" | "it was not asked for";
}

/** What becomes of the profiles of a host that goes back to a system. */
export interface ProfilesBack {
  readonly jobs: readonly ProfileJob[];
  readonly moves: readonly ProfileMove[];
}

/**
 * The profiles as they were when the host last had a system, by what the host remembers of runs: everything that was done
 * to them since then is undone.
 *
 * @returns undefined when it does not remember the system
 */
export function profilesWith(
  system: StorePath,
  { runs, facts }: Pick<HostHistory, "runs" | "facts">,
): ProfilesBack | undefined {
  const since = runsSince(system, runs);
  if (since === undefined) return undefined;
  const first = new Map<string, RecordedProfile>();
  for (const one of since.flatMap(({ profiles }) => profiles))
    if (!first.has(one.profile.name)) first.set(one.profile.name, one);
  const changed = [...first.values()].filter(
    ({ profile, was }) => facts.profiles?.get(profile.name)?.path !== was?.path,
  );
  const jobs = changed.map(({ profile, candidate, was }): ProfileJob => {
    const now = facts.profiles?.get(profile.name);
    return { profile, candidate: now?.path ?? candidate, before: was };
  });
  const moves = changed.map(({ profile: { name, user }, was }): ProfileMove => {
    const from = facts.profiles?.get(name);
    return { name, user, ...ends(from, was), ...(was === undefined ? { stays: "it was not there then" } : {}) };
  });
  return { jobs: profilesBack(jobs), moves };
}

/** What runs did since the host last had a system, the oldest first; undefined when no run that is remembered met it. */
function runsSince(system: StorePath, runs: readonly RecordedRun[]): readonly RecordedRun[] | undefined {
  for (const [index, run] of [...runs.entries()].toReversed()) {
    if (endedOn(run) === system) return runs.slice(index + 1);
    if (run.before === system) return runs.slice(index);
  }
  return undefined;
}

function endedOn({ verdict, candidate, before }: RecordedRun): StorePath | undefined {
  switch (verdict) {
    case "committed":
    case "tested":
    case "kept":
      return candidate;
    case "reverted":
      return before;
    case "revert-failed":
      return undefined;
  }
}

/** The move of a profile from one state to another. */
export function ends(from: ProfileState | undefined, to: ProfileState | undefined): Pick<ProfileMove, "from" | "to"> {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}
