import type { SystemChoice } from "./systems.ts";

/** A moment of a round. */
export type Moment =
  /** After the round's first deployment began. */
  | { readonly kind: "time"; readonly afterMs: number }
  /** After a deployment came to a step of this host. */
  | { readonly kind: "stage"; readonly stage: string; readonly afterMs: number }
  /** After a field of the run's record appeared on the host. */
  | { readonly kind: "field"; readonly field: string; readonly afterMs: number }
  /** After a deployer of this host was ended, before or while somebody goes on with its run. */
  | { readonly kind: "deployer-ended"; readonly afterMs: number };

/** What breaks on a host and is mended after a while. */
export type LastingFault =
  | "link-down"
  | "blackhole"
  | "reject"
  | "freeze"
  | "power-cut"
  | "sshd-stop"
  | "sshd-freeze"
  /** The disk of the store and of the records of runs. */
  | "fill-disk";

/** What happens to a host in an instant. */
export type SuddenFault = "reset" | "sshd-kill" | "sshd-kill-all" | "kill-nix" | "kill-upload";

/** What breaks on a host, and for how many milliseconds where that has a meaning. */
export type HostFault =
  | { readonly kind: LastingFault; readonly forMs: number }
  | { readonly kind: "loss"; readonly percent: number; readonly forMs: number }
  | { readonly kind: SuddenFault }
  /** Its wall clock leaps by so many hours. */
  | { readonly kind: "clock-jump"; readonly hours: number; readonly forMs: number }
  /** SIGKILL for one or all of the supervisor's processes, at random. */
  | { readonly kind: "kill-supervisor"; readonly which: "one" | "all" };

/** A fault of a host at a moment. */
export interface PlannedFault {
  readonly host: string;
  readonly moment: Moment;
  readonly fault: HostFault;
}

/** Who deploys. */
export type OperatorName = "alice" | "bob";

/** What the profiles beside a system say, or `bad` for one that does not activate. */
export type ProfileTexts = Readonly<Record<"banner" | "notes", string>>;

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
  /** The profiles that it gets beside its system; none without. */
  readonly profiles?: ProfileTexts;
}

/** What ends a deployer before it is done. */
export interface DeployerEnd {
  readonly signal: "SIGKILL" | "SIGINT" | "SIGINT-twice" | "SIGTERM";
  /** The host whose steps a moment is about. */
  readonly host: string;
  readonly moment: Moment;
}

/** A `flurry resume` of a run that was ended, or that some hosts failed in. */
export interface PlannedResume {
  /** Milliseconds after the end of the deployer before. */
  readonly afterMs: number;
  readonly end?: DeployerEnd;
}

/** How wrong the clock of a deployer's machine is. */
export interface ClockError {
  /** 0 for one that is right. */
  readonly hours: number;
  /** Milliseconds after its beginning at which the clock leaps; 0 for one that is wrong from the beginning. */
  readonly afterMs: number;
}

/** One run of `flurry deploy` or `flurry rollback`, and who goes on with it. */
export interface PlannedDeployment {
  readonly command: "deploy" | "rollback";
  readonly operator: OperatorName;
  readonly goal: "switch" | "test" | "boot";
  readonly hosts: readonly HostChoice[];
  readonly onFailure: "stop" | "continue" | "revert-wave" | "revert-all";
  readonly unreachable: "fail" | "skip";
  /** The hosts in waves, one after the other; all at once without. */
  readonly waves?: readonly (readonly string[])[];
  /** How many hosts at a time. */
  readonly parallel: number;
  /** The flag that reboots hosts once they are deployed. */
  readonly reboot?: "--reboot" | "--force-reboot";
  readonly transport: "ssh2" | "openssh";
  readonly clock: ClockError;
  /** Whether hosts get their keys. */
  readonly bringsKeys: boolean;
  /** Milliseconds after the begin of the round. */
  readonly startMs: number;
  readonly end?: DeployerEnd;
  readonly resumes: readonly PlannedResume[];
  /** Whether somebody goes on with it where hosts failed, and not only where its deployer was ended. */
  readonly resumesFailures: boolean;
}

/** A command of somebody else at the same time. */
export interface PlannedErrand {
  readonly command: "status" | "exec" | "gc" | "upload-keys";
  readonly operator: OperatorName;
  readonly hosts: readonly string[];
  /** When it begins, by what happens on the first of its hosts; it does not when the moment never comes. */
  readonly moment: Moment;
}

/** All that is going to be done in one round. */
export interface RoundPlan {
  readonly round: number;
  readonly seed: number;
  /** What the keys are made of that an operator brings to hosts. */
  readonly keyValues: Readonly<Record<OperatorName, string>>;
  readonly deployments: readonly PlannedDeployment[];
  readonly errands: readonly PlannedErrand[];
  readonly faults: readonly PlannedFault[];
}
