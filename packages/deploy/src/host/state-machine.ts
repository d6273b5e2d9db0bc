/**
 * The supervisor's protocol for one run on one host as a pure function: what it does in `packages/deploy/supervisor`,
 * one write at a time, so that anything can happen between two of them.
 */
import { disarmed, forget, isWorking, powerCut, seemsReachable, spawn, unwatched, withRecord } from "./host-model.ts";
import type { HostEvent, HostModel, Process, RunModel, TimerName, Trial } from "./host-model.ts";
import { firstPlace, stepProcess } from "./supervisor-process.ts";

/** A host that runs its old system and knows of no run. */
export const restingHost: HostModel = {
  current: "old",
  profile: "old",
  bootDefault: "old",
  beside: { link: "old", active: "old" },
  boot: 0,
  locked: false,
  leaseIsOver: false,
  pinned: false,
  timers: [],
  reachable: true,
  contactTimer: false,
  processes: [],
  record: undefined,
};

/** True when the run has begun and has no verdict. */
export function isOpen(host: HostModel): boolean {
  return host.record !== undefined && host.record.token !== "none" && host.record.verdict === undefined;
}

/** True when nothing of the run is left but its record. */
export function isAtRest(host: HostModel): boolean {
  const { locked, pinned, timers, contactTimer, processes, record } = host;
  const ended = record === undefined || (record.verdict !== undefined && !record.watching);
  return ended && !locked && !pinned && timers.length === 0 && !contactTimer && processes.length === 0;
}

const messages: ReadonlySet<HostEvent["kind"]> = new Set([
  "preflight",
  "start",
  "confirm",
  "give-up",
  "release",
  "ask",
  "another-run",
]);

/** What an event makes of a host. */
export function transition(host: HostModel, event: HostEvent, trial: Trial): HostModel {
  const isLost = messages.has(event.kind) && !host.reachable;
  return isLost ? host : happen(host, event, trial);
}

function happen(host: HostModel, event: HostEvent, trial: Trial): HostModel {
  switch (event.kind) {
    case "preflight":
      return preflight(host, event.steps);
    case "start":
      return start(host, event.steps, trial);
    case "confirm":
      return confirm(host, trial);
    case "give-up":
      return giveUp(host);
    case "release":
      return release(host);
    case "ask":
      return settle(host, trial);
    case "step":
      return stepProcess(host, event.process, trial);
    case "kill":
      return { ...host, processes: host.processes.filter((_, index) => index !== event.process) };
    case "timer":
      return fire(host, event.name);
    case "contact":
      return loseContact(host, trial);
    case "power-cut":
      return powerCut(host, trial);
    case "lease-over":
      return { ...host, leaseIsOver: true };
    case "another-run":
      return anotherRun(host, trial);
  }
}

function preflight(host: HostModel, steps: number): HostModel {
  if (host.record !== undefined) return host;
  const record: RunModel = {
    boot: host.boot,
    token: "none",
    tried: undefined,
    undoing: false,
    touched: false,
    woken: false,
    watching: false,
    verdict: undefined,
  };
  return { ...host, record, locked: steps > 1, pinned: steps > 2, leaseIsOver: false };
}

function start(host: HostModel, steps: number, trial: Trial): HostModel {
  if (host.record?.token !== "none" || !host.locked || isWorking(host) || host.timers.length > 0) return host;
  const watched: HostModel = { ...host, timers: ["activation"] };
  if (steps === 1) return watched;
  const armed = withRecord(watched, { token: "armed" });
  if (steps === 2) return armed;
  if (trial.goal === "boot") return spawn(armed, { kind: "commit", at: "take", works: false });
  return spawn(armed, { kind: "try", at: firstPlace(trial), works: false });
}

/** What the deployer says when it has proof. */
function confirm(host: HostModel, { keepsSystem }: Trial): HostModel {
  const provable = host.record?.tried === "accepted" && host.current === (keepsSystem ? "old" : "new");
  return provable && isDecidable(host) ? spawn(host, { kind: "commit", at: "take", works: false }) : host;
}

function giveUp(host: HostModel): HostModel {
  return isDecidable(host) ? spawn(host, { kind: "revert", at: "take", works: false }) : host;
}

/** Once it is over the run has either begun or never will. */
function release(host: HostModel): HostModel {
  return host.record?.token === "none" && !isWorking(host) ? forget(host) : host;
}

/** Someone else can have the lock of a run that has ended, or that did not begin in time. */
function anotherRun(before: HostModel, trial: Trial): HostModel {
  // It asks the host first, which may close the run; one that it cannot close in passing takes its lock back.
  const host = unwatched(settle(before, trial));
  if (host.locked ? isOpen(host) || !host.leaseIsOver : false) return host;
  const beside = { link: "other", active: "other" } as const;
  return { ...host, current: "other", profile: "other", bootDefault: "other", beside, locked: false };
}

function isDecidable({ record, boot }: HostModel): boolean {
  return record?.token === "armed" && record.boot === boot;
}

function fire(host: HostModel, name: TimerName): HostModel {
  if (!host.timers.includes(name) || host.processes.some(({ timer }) => timer === name)) return host;
  return spawn(host, { kind: "revert", at: "take", works: false, timer: name });
}

/** What is left is a reboot into the boot default, which is the old system by then. */
function loseContact(host: HostModel, trial: Trial): HostModel {
  if (!host.contactTimer) return host;
  const now = unwatched(host);
  if (host.record?.watching !== true) return now;
  return trial.lostContact !== "reboot" && seemsReachable(host, trial) ? now : powerCut(now, trial);
}

/** What the next command that asks the host closes. */
function settle(host: HostModel, trial: Trial): HostModel {
  const { record, boot, leaseIsOver, timers } = host;
  if (record === undefined) return host;
  if (record.verdict !== undefined) return disarmed(unwatched(host));
  if (record.token === "none") {
    const abandoned = record.boot !== boot || leaseIsOver;
    return abandoned && !isWorking(host) ? forget(host) : host;
  }
  if (record.boot === boot) return timers.length > 0 ? host : { ...host, timers: ["rescue"] };
  return isWorking(host) ? host : settleRebooted(host, record, trial);
}

function settleRebooted(host: HostModel, record: RunModel, { goal, keepsSystem }: Trial): HostModel {
  if (record.token === "armed") return goBackRebooted(withRecord(host, { token: "revert" }), record);
  const isCommit = record.token === "commit";
  if (keepsSystem && isCommit && !record.undoing)
    // Whether the profile was told of the boot is not known: it is told again.
    return goal === "boot" ? spawn(relocked(host), reverting) : disarmed(withRecord(host, { verdict: "committed" }));
  if (!keepsSystem && isCommit && host.current === "new" && goal !== "test")
    return disarmed(withRecord({ ...host, profile: "new" }, { verdict: "committed" }));
  const bootDefault = isCommit ? "old" : host.bootDefault;
  return goBackRebooted({ ...host, profile: "old", bootDefault }, record);
}

/** A boot brings the system back, and no other profile. */
function goBackRebooted(host: HostModel, { touched }: RunModel): HostModel {
  if (!touched) return disarmed(withRecord(host, { verdict: "reverted" }));
  return spawn(relocked(withRecord(host, { woken: true })), reverting);
}

const reverting: Process = { kind: "revert", at: "take", works: false };

/** A reboot drops the lock: nobody may come in between. */
function relocked(host: HostModel): HostModel {
  return { ...host, locked: true };
}
