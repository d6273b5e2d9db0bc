import { FlurryError } from "@flurry/core";
import { checkProfileName, checkProfilePath, checkUserName } from "@flurry/schema";
import type { Profile } from "@flurry/schema";

import type { ProfileJob } from "./profile-job.ts";

/** How the supervisor is asked what a profile is: its user, its name and where its link is, `-` for the usual place. */
export function profileQuestion(profile: Profile): string {
  const { user, name, profilePath = "-" } = checked(profile);
  return `${user} ${name} ${profilePath}`;
}

/**
 * The field `profiles` of a run's record: a line for each profile, in the order of their activation.
 *
 * @throws FlurryError FLURRY_FLEET_INVALID for a name, user or place that is none
 */
export function profileLines(jobs: readonly ProfileJob[]): string {
  return jobs.map(lineOf).join("\n");
}

function lineOf({ profile, candidate, restoreGeneration }: ProfileJob): string {
  const { phase, user, name, profilePath, autoRollback, magicRollback, activationTimeoutMs } = checked(profile);
  const words = [phase, user, name, candidate, autoRollback ? 1 : 0, magicRollback ? 1 : 0];
  return [...words, seconds(activationTimeoutMs), restoreGeneration ?? "-", profilePath ?? "-"].join(" ");
}

/** The fields are parted by blanks, and become words of a shell script that root runs. */
function checked(profile: Profile): Profile {
  const { name, user, profilePath } = profile;
  const complaint =
    checkProfileName(name) ??
    checkUserName(user) ??
    (profilePath === undefined ? undefined : checkProfilePath(profilePath));
  if (complaint === undefined) return profile;
  const { message, hint } = complaint;
  throw new FlurryError("FLURRY_FLEET_INVALID", message, hint === undefined ? {} : { hint });
}

function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
