import type { SystemChoice } from "./systems.ts";

/** A moment of a round. */
export type Moment =
  /** After the round's first deployment began. */
  | { readonly kind: "time"; readonly afterMs: number }
  /** After a deployment came to a step of this host. */
  | { readonly kind: "stage"; readonly stage: string; readonly afterMs: number }
  /** After a field of the run's record appeared on the host. */
  | { readonly kind: "field"; readonly field: string; readonly afterMs: number };

/** What breaks on a host and is mended after a while. */
export type LastingFault =
  | "link-down"
  | "blackhole"
  | "reject"
  | "freeze"
  | "power-cut"
  | "sshd-stop"
  | "sshd-freeze"
  | "fill-disk";

/** What happens to a host in an instant. */
export type SuddenFault = "reset" | "sshd-kill" | "sshd-kill-all" | "kill-nix";

/** What breaks on a host, and for how many milliseconds where that has a meaning. */
export type HostFault =
  | { readonly kind: LastingFault; readonly forMs: number }
  | { readonly kind: "loss"; readonly percent: number; readonly forMs: number }
  | { readonly kind: SuddenFault }
  /** SIGKILL for one or all of the supervisor's processes, at random. */
  | { readonly kind: "kill-supervisor"; readonly which: "one" | "all" };

/** A fault of a host at a moment. */
export interface PlannedFault {
  readonly host: string;
  readonly moment: Moment;
  readonly fault: HostFault;
}

/** How a host is deployed in one deployment. */
export interface HostChoice {
  readonly host: string;
  readonly system: SystemChoice;
  readonly confirmSeconds: number;
  readonly activationSeconds: number;
  readonly unitFailure: "strict" | "degraded" | "ignore";
  readonly magicRollback: boolean;
  /** A health check that never passes. */
  readonly neverHealthy: boolean;
}

/** What ends a deployer before it is done. */
export interface DeployerEnd {
  readonly signal: "SIGKILL" | "SIGINT" | "SIGINT-twice" | "SIGTERM";
  /** The host whose steps a moment is about. */
  readonly host: string;
  readonly moment: Moment;
}

/** One run of `flurry deploy`. */
export interface PlannedDeployment {
  readonly operator: "alice" | "bob";
  readonly goal: "switch" | "test" | "boot";
  readonly hosts: readonly HostChoice[];
  readonly onFailure: "stop" | "continue" | "revert-wave" | "revert-all";
  /** Milliseconds after the begin of the round. */
  readonly startMs: number;
  readonly end?: DeployerEnd;
}

/** All that is going to be done in one round. */
export interface RoundPlan {
  readonly round: number;
  readonly seed: number;
  readonly deployments: readonly PlannedDeployment[];
  readonly faults: readonly PlannedFault[];
}
