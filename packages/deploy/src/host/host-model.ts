// What the pure model of the supervisor's protocol is made of; see state-machine.ts.

/** The system that ran before, the candidate, and what a later run has committed. */
export type SystemName = "old" | "new" | "other";

/** What the run is for and what its candidate does when it is tried. */
export interface Trial {
  readonly goal: "switch" | "test" | "boot";
  readonly activation: "good" | "fails" | "hangs" | "crashes";
  /** Whether it can be made the boot default. */
  readonly bootable: boolean;
  /** When the run activates a profile beside the system, if it changes one; `test` never does. */
  readonly beside: "none" | "before" | "after";
  readonly besideActivation: "good" | "fails";
  /** Whether only the profile changes: the candidate is what runs already. */
  readonly keepsSystem: boolean;
  /**
   * Whether the host can be reached on the new system, and if not whether going back mends that: `mended` does, `sticky`
   * needs a reboot and shows in the host's address or port, `hidden` needs one and shows nowhere on the host.
   */
  readonly network: "kept" | "mended" | "sticky" | "hidden";
  /** What a host does that went back and that nobody asks then. */
  readonly lostContact: "auto" | "reboot" | "stay";
}

/** A process of the supervisor. Only one of them `works` at a time: it holds the right to act on the token. */
export interface Process {
  readonly kind: "try" | "commit" | "revert";
  readonly at: Place;
  readonly works: boolean;
  /** The timer that started it; a timer waits for its process. */
  readonly timer?: TimerName;
}

/** What a process does next. */
export type Place =
  | "touch-beside"
  | "link-beside"
  | "run-beside"
  | "activate"
  | "hang"
  | "decide"
  | "unwatch"
  | "take"
  | "begin"
  | "check"
  | "set-profile"
  | "set-boot"
  | "undo"
  | "relink-beside"
  | "rerun-beside"
  | "restore-profile"
  | "restore-boot"
  | "restore-current"
  | "watch"
  | "watch-timer"
  | "conclude-committed"
  | "conclude-tested"
  | "conclude-reverted"
  | "drop-lock"
  | "unpin"
  | "stop-timers";

export type TimerName = "activation" | "confirm" | "rescue";

/** All of a host that the protocol reads and writes. */
export interface HostModel {
  readonly current: SystemName;
  readonly profile: SystemName;
  readonly bootDefault: SystemName;
  /** What a profile beside the system leads to, and what of it was activated; a reboot changes neither. */
  readonly beside: { readonly link: SystemName; readonly active: SystemName };
  /** Counts boots. */
  readonly boot: number;
  readonly locked: boolean;
  readonly leaseIsOver: boolean;
  readonly pinned: boolean;
  readonly timers: readonly TimerName[];
  /** Whether anybody can reach it over the network. */
  readonly reachable: boolean;
  /** Whether the timer runs at whose end it looks whether it can be reached; it outlives the run's verdict. */
  readonly contactTimer: boolean;
  readonly processes: readonly Process[];
  /** The run's record; undefined before preflight and after the run was forgotten. */
  readonly record: RunModel | undefined;
}

/** The record of a run. */
export interface RunModel {
  readonly boot: number;
  readonly token: "none" | "armed" | "commit" | "revert";
  readonly tried: "accepted" | "rejected" | undefined;
  readonly undoing: boolean;
  /** Whether the profile beside the system has to go back when the run does. */
  readonly touched: boolean;
  /** Whether a reboot has brought the system back, and only the profile is left. */
  readonly woken: boolean;
  /** Whether the host waits to be asked. */
  readonly watching: boolean;
  readonly verdict: "committed" | "tested" | "reverted" | undefined;
}

/** What can happen to a host. Messages of the deployer may be lost, come twice, late and in any order. */
export type HostEvent =
  /** `steps`: how many of its writes are done before it is killed. */
  | { readonly kind: "preflight"; readonly steps: 1 | 2 | 3 }
  | { readonly kind: "start"; readonly steps: 1 | 2 | 3 }
  | { readonly kind: "confirm" | "give-up" | "release" | "ask" }
  | { readonly kind: "step" | "kill"; readonly process: number }
  | { readonly kind: "timer"; readonly name: TimerName }
  /** Nobody has asked the host since it went back: its contact timer is over. */
  | { readonly kind: "contact" }
  /** `another-run`: someone else takes the lock, if it can be had, and commits another system. */
  | { readonly kind: "power-cut" | "lease-over" | "another-run" };

/** True while a process holds the right to act on the token. */
export function isWorking({ processes }: HostModel): boolean {
  return processes.some(({ works }) => works);
}

/** The host with one more process. */
export function spawn(host: HostModel, process: Process): HostModel {
  return { ...host, processes: [...host.processes, process] };
}

/** The host with a timer armed. */
export function withTimer(host: HostModel, name: TimerName): HostModel {
  return host.timers.includes(name) ? host : { ...host, timers: [...host.timers, name] };
}

/** The host with other fields in the run's record; a host that has forgotten the run stays as it is. */
export function withRecord(host: HostModel, changes: Partial<RunModel>): HostModel {
  return host.record === undefined ? host : { ...host, record: { ...host.record, ...changes } };
}

/** The host without lock, pins and timers. */
export function disarmed(host: HostModel): HostModel {
  return { ...host, locked: false, pinned: false, timers: [] };
}

/** The host without anything of the run. */
export function forget(host: HostModel): HostModel {
  return { ...disarmed(host), record: undefined };
}

/** Whether the host is there as far as it can tell itself: it has its address, and something listens at its port. */
export function seemsReachable({ reachable }: HostModel, { network }: Trial): boolean {
  return reachable || network === "hidden";
}

/** The host once nobody need wait any more for it to be asked. */
export function unwatched(host: HostModel): HostModel {
  return withRecord({ ...host, contactTimer: false }, { watching: false });
}

/** Everything of a host dies but its disk; it boots what its boot default says. */
export function powerCut(host: HostModel, { network }: Trial): HostModel {
  const { boot, bootDefault } = host;
  const reachable = bootDefault !== "new" || network === "kept";
  const lost = { locked: false, timers: [], contactTimer: false, processes: [] };
  return { ...host, ...lost, boot: boot + 1, current: bootDefault, reachable };
}
