import type { FlurryErrorJson, StorePath } from "@flurry/core";

import type { ProfilePlan } from "../profiles/profile-plan.ts";
import type { BootChange } from "./boot-change.ts";
import type { ClosureDiff } from "./closure-diff.ts";
import type { Drift } from "./drift.ts";
import type { PackageForecast } from "./package-forecast.ts";
import type { UnitChanges } from "./unit-changes.ts";

/** Something that a plan found out, or why it could not and how to learn it. */
export type Finding<T> =
  | { readonly status: "known"; readonly value: T }
  | {
      readonly status: "unknown";
      readonly why: string;
      /** What to do to know it, as half a sentence: "plan with --build". */
      readonly learn?: string;
    };

/** What has to be copied to a host. */
export interface CopyForecast {
  readonly paths: number;
  /** Uncompressed bytes. */
  readonly bytes: number;
}

/** What has to be built before a host can be deployed. */
export interface BuildNeed {
  /** How many derivations nobody has built yet. */
  readonly derivations: number;
  /** What binary caches have of it. */
  readonly fetchPaths: number;
  readonly fetchBytes: number;
}

/** What a deployment would do to a host that is not where it should be. */
export interface HostChangePlan {
  /** By closures when both are known. */
  readonly packages: Finding<ClosureDiff>;
  /** Where `packages` is unknown: what the derivations of the new system give away. */
  readonly forecast?: PackageForecast;
  /** Missing when the system is built. */
  readonly build?: BuildNeed;
  readonly copy: Finding<CopyForecast>;
  readonly boot: Finding<BootChange>;
  readonly units: Finding<UnitChanges>;
}

/** What a host runs and what it should run. */
export interface HostSystems {
  /** What runs now. */
  readonly current?: StorePath;
  /** What the profile leads to: the boot default. */
  readonly profile?: StorePath;
  readonly generation?: number;
  /** What was booted. */
  readonly booted?: StorePath;
  /** What the flake says. */
  readonly wanted?: StorePath;
  readonly drvPath?: StorePath;
}

/** What a deployment would do to one host. */
export interface HostPlan extends HostSystems {
  readonly host: string;
  /** `none`: it is where it should be; `unknown`: it could not be asked, or its configuration does not evaluate. */
  readonly status: "none" | "change" | "unknown";
  /** Missing when the host could not be asked. */
  readonly drift?: Drift;
  /** A reboot is due already, whatever is deployed. */
  readonly rebootDue?: boolean;
  /** Who deploys to it right now. */
  readonly lockedBy?: string;
  /** Only with status `change`, where the system changes. */
  readonly change?: HostChangePlan;
  /** The profiles beside the system, where the fleet has any for the host. */
  readonly profiles?: readonly ProfilePlan[];
  /** What could not be found out, at most one for each of: the host, its configuration, its build. */
  readonly errors: readonly FlurryErrorJson[];
}
