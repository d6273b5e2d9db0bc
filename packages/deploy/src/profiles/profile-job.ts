import type { DrvPath, StorePath } from "@flurry/core";
import type { Profile } from "@flurry/schema";

/** What a profile of a host is now. */
export interface ProfileState {
  /** The package that its link leads to. */
  readonly path: StorePath;
  /** The number of its generation, where its link is one of Nix' making. */
  readonly generation?: number;
}

/** The package that the flake has for a profile. */
export interface WantedProfile {
  readonly profile: Profile;
  readonly drvPath: DrvPath;
  readonly outPath: StorePath;
}

/** A profile that is to become another package. */
export interface ProfileJob {
  readonly profile: Profile;
  readonly candidate: StorePath;
  /** What it was when the run began; undefined when there was none. */
  readonly before: ProfileState | undefined;
  /** When going back: the generation of the candidate, so that no new one is made. */
  readonly restoreGeneration?: number;
}

/** What a profile was and is, as verdicts show it. */
export interface ProfileOutcome {
  readonly name: string;
  readonly path?: StorePath;
  readonly generation?: number;
}
