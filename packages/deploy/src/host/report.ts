import type { StorePath } from "@flurry/core";

import type { ProfileOutcome } from "../profiles/profile-job.ts";
import { profileOutcomes } from "../profiles/profile-states.ts";
import { numberFact, storePathFact } from "./reply.ts";
import type { Reply } from "./reply.ts";

/** How a run ended on a host, in the host's own words:
 * - `committed`: the new system runs and is the boot default;
 * - `tested`: it runs, and a reboot brings the old one back (goal `test`);
 * - `kept`: it runs although its activation failed, because automatic rollback is off;
 * - `reverted`: the old system runs and is the boot default;
 * - `revert-failed`: the old system could not be activated again.
 */
export type HostVerdict = "committed" | "tested" | "kept" | "reverted" | "revert-failed";

const hostVerdicts: ReadonlySet<string> = new Set(["committed", "tested", "kept", "reverted", "revert-failed"]);

/** The state of a run on a host. */
export interface HostReport {
  /** The exit code of the new system's `switch-to-configuration test`, once it ended. */
  readonly tried: number | undefined;
  readonly verdict: HostVerdict | undefined;
  /** Why the host decided as it did, for people. */
  readonly reason: string | undefined;
  readonly current: StorePath | undefined;
  readonly generation: number | undefined;
  readonly bootId: string | undefined;
  /** The generation before the run. */
  readonly beforeGeneration?: number | undefined;
  /** The system of that generation. */
  readonly beforeSystem?: StorePath | undefined;
  /** Whether the host has rebooted since the run began there. */
  readonly bootedSince?: boolean;
  readonly failedUnits: readonly string[];
  /** The profiles that the run was to change, as they are. */
  readonly profiles: readonly ProfileOutcome[];
}

/** Reads the state of a run from a reply of the supervisor. */
export function reportOf(reply: Reply): HostReport {
  const verdict = reply.one("verdict");
  const tried = numberFact(reply, "tried");
  return {
    tried,
    verdict: isHostVerdict(verdict) ? verdict : undefined,
    reason: reply.one("reason"),
    current: storePathFact(reply, "current"),
    generation: numberFact(reply, "generation"),
    bootId: reply.one("boot_id"),
    beforeGeneration: numberFact(reply, "before_generation"),
    beforeSystem: storePathFact(reply, "before_system"),
    bootedSince: reply.one("booted_since") !== undefined,
    failedUnits: reply.all("failed_unit"),
    profiles: profileOutcomes(reply),
  };
}

/** True for one of the words that end a run on a host. */
export function isHostVerdict(value: string | undefined): value is HostVerdict {
  return value !== undefined && hostVerdicts.has(value);
}
