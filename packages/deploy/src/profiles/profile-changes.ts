import type { Goal } from "../goal.ts";
import type { ProfileJob, ProfileState, WantedProfile } from "./profile-job.ts";

/** The profiles that a goal is to change on a host, in the order of their activation. */
export function profileChanges(
  goal: Goal,
  wanted: readonly WantedProfile[],
  states: ReadonlyMap<string, ProfileState>,
): readonly ProfileJob[] {
  // A reboot would not take them back.
  if (goal === "test") return [];
  return wanted.flatMap(({ profile, outPath }) => {
    const before = states.get(profile.name);
    const isThere = before?.path === outPath && goal !== "push" && goal !== "build";
    return isThere ? [] : [{ profile, candidate: outPath, before }];
  });
}

/** The way back of profiles that were changed: in the reverse order, and around the system the other way round. */
export function profilesBack(jobs: readonly ProfileJob[]): readonly ProfileJob[] {
  return jobs.toReversed().flatMap(({ profile, candidate, before }) => {
    if (before === undefined) return [];
    const phase = profile.phase === "after" ? "before" : "after";
    const { path, generation } = before;
    const restore = generation === undefined ? {} : { restoreGeneration: generation };
    return [{ profile: { ...profile, phase } as const, candidate: path, before: { path: candidate }, ...restore }];
  });
}

/** Milliseconds that the activations of profiles may take together. */
export function profilesMs(jobs: readonly ProfileJob[] = []): number {
  return jobs.reduce((sum, { profile }) => sum + profile.activationTimeoutMs, 0);
}
