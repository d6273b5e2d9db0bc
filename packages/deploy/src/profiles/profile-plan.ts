import type { DrvPath, StorePath } from "@flurry/core";

import type { Goal } from "../goal.ts";
import { profileChanges } from "./profile-changes.ts";
import type { ProfileState, WantedProfile } from "./profile-job.ts";

/** What a deployment would do to a profile of a host. */
export interface ProfilePlan {
  readonly name: string;
  readonly user: string;
  readonly change: boolean;
  /** What it leads to now; missing when there is none, or the host could not be asked. */
  readonly current?: StorePath;
  readonly generation?: number;
  /** What the flake says. */
  readonly wanted: StorePath;
  readonly drvPath: DrvPath;
}

/** Says for each profile whether a goal would change it. */
export function profilePlans(
  goal: Goal,
  wanted: readonly WantedProfile[],
  states: ReadonlyMap<string, ProfileState>,
): readonly ProfilePlan[] {
  const changing = new Set(profileChanges(goal, wanted, states).map(({ profile }) => profile));
  return wanted.map(({ profile, outPath, drvPath }) => {
    const { path, generation } = states.get(profile.name) ?? {};
    return {
      name: profile.name,
      user: profile.user,
      change: changing.has(profile),
      ...(path === undefined ? {} : { current: path }),
      ...(generation === undefined ? {} : { generation }),
      wanted: outPath,
      drvPath,
    };
  });
}
