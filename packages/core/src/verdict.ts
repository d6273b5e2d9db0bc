import type { FlurryErrorJson } from "./errors.ts";

/** What became of one host in a run. Each selected host ends with exactly one of these. */
export type VerdictStatus = "unchanged" | "deployed" | "reverted" | "failed" | "unreachable" | "skipped";

/** A profile of a host beside its system. */
export interface ProfileVerdict {
  readonly name: string;
  /** The store path that it leads to; missing when there is none. */
  readonly path?: string;
  /** The number of its generation. */
  readonly generation?: number;
}

/** What is known of a host at the end of a run, with the evidence. */
export interface Verdict {
  readonly host: string;
  readonly status: VerdictStatus;
  /** The store path that ran before the run touched the host. */
  readonly before?: string;
  /** The store path that ran when the host was last seen in the run. */
  readonly after?: string;
  /** The number of the profile generation that is the boot default, when the host was last seen. */
  readonly generation?: number;
  /** Units that were in the failed state on the new system. */
  readonly failedUnits?: readonly string[];
  /** The profiles beside the system that the run was to change, as they were when the host was last seen. */
  readonly profiles?: readonly ProfileVerdict[];
  /** Why the host was left out, where that is no failure; for the goals `build` and `push`, what was done instead. */
  readonly note?: string;
  /** Why the host is not on the new system. */
  readonly error?: FlurryErrorJson;
  /** Milliseconds from the host's first step to its verdict. */
  readonly durationMs: number;
}
