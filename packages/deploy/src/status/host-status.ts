import type { FlurryErrorJson } from "@flurry/core";

import type { ProfileStatus } from "../profiles/profile-status.ts";

/** What a host says of itself. */
export interface HostStatus {
  readonly host: string;
  /** `ok`: runs the wanted system, committed; `drift`: runs another one; `uncommitted`: runs a system that a reboot will not bring back;
   * `deploying`: a run is in progress; `unknown`: what it should run, or what it runs, is not known; `unreachable`. */
  readonly state: "ok" | "drift" | "uncommitted" | "deploying" | "unknown" | "unreachable";
  /** The store path that runs now. */
  readonly current?: string;
  /** The store path that the flake says it should run, where it was evaluated. */
  readonly wanted?: string;
  /** The profile's generation number and the store path it leads to. */
  readonly generation?: number;
  readonly profileSystem?: string;
  /** The system that the host booted; a different kernel, initrd or modules than in `current` means that a reboot is needed. */
  readonly booted?: string;
  readonly rebootNeeded?: boolean;
  readonly systemState?: string;
  readonly failedUnits?: readonly string[];
  /** The profiles beside the system, where the fleet has any for the host. */
  readonly profiles?: readonly ProfileStatus[];
  /** The names of the host's keys (`deployment.keys`) that have no file there, if any; a reboot empties /run/keys. */
  readonly missingKeys?: readonly string[];
  readonly uptimeSeconds?: number;
  /** Free and total bytes of the file system that holds the Nix store. */
  readonly storeFreeBytes?: number;
  readonly storeTotalBytes?: number;
  /** Free and total bytes of the root file system, which may be the same one. */
  readonly rootFreeBytes?: number;
  readonly rootTotalBytes?: number;
  /** Who deploys to it right now, since when (epoch seconds). */
  readonly lockedBy?: string;
  readonly lockedSince?: number;
  /** The run that does, and how far it is: `preparing`, `activating`, `unconfirmed` (it tried its system and waits for the
   * confirmation), `committing`, `reverting` or `ending`. */
  readonly lockedRun?: string;
  readonly lockedStep?: string;
  readonly error?: FlurryErrorJson;
  readonly durationMs: number;
}
