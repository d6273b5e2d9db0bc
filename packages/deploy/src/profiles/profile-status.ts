import type { Profile } from "@flurry/schema";

import type { ProfileState } from "./profile-job.ts";

/** What a profile of a host leads to against what the flake says. */
export interface ProfileStatus {
  readonly name: string;
  readonly user: string;
  /** `absent`: the host does not have it; `unknown`: it is not known what it should be. */
  readonly state: "ok" | "drift" | "absent" | "unknown";
  readonly current?: string;
  readonly generation?: number;
  readonly wanted?: string;
}

/** The profiles of a host as it says what they are. */
export function profileStatuses(
  profiles: readonly Profile[],
  states: ReadonlyMap<string, ProfileState>,
): readonly ProfileStatus[] {
  return profiles.map(({ name, user }) => {
    const state = states.get(name);
    if (state === undefined) return { name, user, state: "absent" };
    const { path: current, generation } = state;
    return { name, user, state: "unknown", current, ...(generation === undefined ? {} : { generation }) };
  });
}

/** The same once it is known what the profile should be. */
export function withWantedProfile(profile: ProfileStatus, wanted: string | undefined): ProfileStatus {
  if (wanted === undefined) return profile;
  const state = profile.current === undefined ? "absent" : profile.current === wanted ? "ok" : "drift";
  return { ...profile, state, wanted };
}
