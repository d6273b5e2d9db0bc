import { isStorePath } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import type { Profile } from "@flurry/schema";

import type { Reply } from "../host/reply.ts";
import { isHostVerdict } from "../host/report.ts";
import type { HostVerdict } from "../host/report.ts";
import type { ProfileState } from "../profiles/profile-job.ts";

/** What a run did to a profile of a host, as the host remembers it. */
export interface RecordedProfile {
  /** As the run activated it; its package stands nowhere in a flake. */
  readonly profile: Profile;
  readonly candidate: StorePath;
  /** What it was before; undefined when there was none. */
  readonly was: ProfileState | undefined;
}

/** A run that has ended, as the host remembers it: the last twenty are. */
export interface RecordedRun {
  readonly verdict: HostVerdict;
  readonly goal: string;
  /** The system that it was to bring; what ran already where only profiles changed. */
  readonly candidate: StorePath;
  /** What was the boot default when it began: profiles go with that, not with what was only tested. */
  readonly before: StorePath | undefined;
  /** True when only profiles were to change. */
  readonly keepsSystem: boolean;
  /** Those that it touched, in the order of their activation. */
  readonly profiles: readonly RecordedProfile[];
}

/** Reads what a host remembers of runs, the oldest first: `run_verdict` for each, and `run_profile` for their profiles. */
export function recordedRuns(reply: Reply): readonly RecordedRun[] {
  const profiles = reply.all("run_profile").map((line) => line.split(" "));
  return reply.all("run_verdict").flatMap((line) => {
    const [verdict, goal = "", candidate = "", text = "", id, stay] = line.split(" ");
    if (!isHostVerdict(verdict) || !isStorePath(candidate)) return [];
    const own = profiles.flatMap(([run, ...words]) => (run === id ? profileOf(words) : []));
    const before = isStorePath(text) ? text : undefined;
    return [{ verdict, goal, candidate, before, keepsSystem: stay === "1", profiles: own }];
  });
}

function profileOf(words: readonly string[]): readonly RecordedProfile[] {
  const [phase, user = "", name = "", candidate = "", auto, magic, seconds, number = "", was = "", place = ""] = words;
  if (!isStorePath(candidate)) return [];
  const profile: Profile = {
    name,
    user,
    attrPath: [],
    phase: phase === "before" ? "before" : "after",
    profilePath: place,
    autoRollback: auto === "1",
    magicRollback: magic === "1",
    activationTimeoutMs: Number(seconds) * 1000,
  };
  return [{ profile, candidate, was: stateOf(was, number) }];
}

function stateOf(path: string, number: string): ProfileState | undefined {
  if (!isStorePath(path)) return undefined;
  return { path, ...(/^\d+$/.test(number) ? { generation: Number(number) } : {}) };
}
