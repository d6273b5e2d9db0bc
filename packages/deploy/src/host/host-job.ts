import type { StorePath } from "@flurry/core";
import type { PathInfo } from "@flurry/nix";

import type { ActivationGoal } from "../goal.ts";
import type { MadeKey } from "../keys/made-key.ts";
import type { ProfileJob } from "../profiles/profile-job.ts";

/** What is to happen on one host. */
export interface HostJob {
  readonly runId: string;
  readonly goal: ActivationGoal;
  /** The system that the host is to run. */
  readonly candidate: StorePath;
  /** The system that the host ran when the run began. */
  readonly before: StorePath;
  /** Who deploys, for people. */
  readonly operator: string;
  /** When going back: the generation of the candidate, so that no new one is made. */
  readonly restoreGeneration?: number;
  /** True when the candidate is what the host runs already, and only profiles are to change. */
  readonly keepsSystem?: boolean;
  /** Profiles that change together with the system, in the order of their activation. */
  readonly profiles?: readonly ProfileJob[];
  /** All that the candidate refers to, where it comes from this machine; a host that goes back mostly has it already. */
  readonly closure?: readonly PathInfo[];
  /** Files that the host gets beside the candidate; it gets back what they replace when it goes back. */
  readonly keys?: readonly MadeKey[];
  /**
   * What confirms the system: that the host can be reached, or that its health checks pass as well. To go back contact is
   * enough: what has made a host sick may lie outside of it.
   *
   * @default "health"
   */
  readonly proof?: "contact" | "health";
}
