// What the detached processes of the supervisor do, one write at a time; see state-machine.ts.
import { isWorking, powerCut, seemsReachable, spawn, withRecord, withTimer } from "./host-model.ts";
import type { HostModel, Place, Process, RunModel, Trial } from "./host-model.ts";

/** What a step can do with its own process: send it on, or end it. */
interface Moves {
  readonly process: Process;
  readonly trial: Trial;
  readonly go: (at: Place, next?: HostModel, works?: boolean) => HostModel;
  readonly end: (next?: HostModel) => HostModel;
}

/** Lets a process of a host do what it does next. */
export function stepProcess(host: HostModel, index: number, trial: Trial): HostModel {
  const process = host.processes[index];
  if (process === undefined) return host;
  return places[process.at](host, {
    process,
    trial,
    go: (at, next = host, works = process.works) => ({
      ...next,
      processes: next.processes.map((each) => (each === process ? { ...process, at, works } : each)),
    }),
    end: (next = host) => ({ ...next, processes: next.processes.filter((each) => each !== process) }),
  });
}

const conclude =
  (verdict: RunModel["verdict"]) =>
  (host: HostModel, { go }: Moves): HostModel =>
    go("drop-lock", withRecord(host, { verdict }));

/** Where the activation of the new system and of the profile beside it begins. */
export function firstPlace({ beside }: Trial): Place {
  return beside === "before" ? "touch-beside" : "activate";
}

function touch(host: HostModel): HostModel {
  return withRecord(host, { touched: true });
}

/** Where a process goes on that has activated the profile, or could not. */
function afterBeside(host: HostModel, { trial, process: { kind }, go }: Moves): HostModel {
  const { beside, besideActivation } = trial;
  if (kind !== "try") return go(besideActivation === "fails" ? "undo" : afterProfiles(trial), host);
  return go(beside === "before" && besideActivation === "good" ? "activate" : "decide", host);
}

function afterProfiles({ keepsSystem }: Trial): Place {
  return keepsSystem ? "conclude-committed" : "set-profile";
}

function isBack(host: HostModel, phase: Trial["beside"], { beside }: Trial): boolean {
  return host.record?.touched !== true || beside !== phase;
}

const places: Readonly<Record<Place, (host: HostModel, moves: Moves) => HostModel>> = {
  // From here on the way back is known, whatever dies.
  "touch-beside": (host, { go }) => go("link-beside", touch(host)),
  "link-beside": (host, { go }) => go("run-beside", { ...host, beside: { ...host.beside, link: "new" } }),
  "run-beside": (host, moves) => afterBeside({ ...host, beside: { ...host.beside, active: "new" } }, moves),
  activate: (host, { trial, go }) => {
    const next = trial.beside === "after" && trial.activation === "good" ? "touch-beside" : "decide";
    if (trial.keepsSystem) return go(trial.beside === "after" ? "touch-beside" : "decide");
    if (trial.activation === "crashes") return powerCut(host, trial);
    const reachable = trial.network === "kept";
    return go(trial.activation === "hangs" ? "hang" : next, { ...host, current: "new", reachable });
  },
  hang: (host) => host,
  decide: (host, { trial, go, end }) =>
    isGood(trial)
      ? go("unwatch", withTimer(withRecord(host, { tried: "accepted" }), "confirm"))
      : end(spawn(withRecord(host, { tried: "rejected" }), { kind: "revert", at: "take", works: false })),
  unwatch: (host, { end }) => end({ ...host, timers: host.timers.filter((name) => name !== "activation") }),
  take,
  begin,
  check: (host, { trial, go }) => {
    const { goal, beside, keepsSystem } = trial;
    if (goal !== "boot" && host.current !== (keepsSystem ? "old" : "new")) return go("undo");
    if (goal === "boot" && beside !== "none") return go("touch-beside");
    return go(goal === "test" ? "conclude-tested" : afterProfiles(trial));
  },
  "set-profile": (host, { go }) => go("set-boot", { ...host, profile: "new" }),
  "set-boot": (host, { trial, go }) =>
    trial.bootable ? go("conclude-committed", { ...host, bootDefault: "new" }) : go("undo"),
  undo: (host, { trial, go }) => {
    const alone = { ...host, processes: host.processes.filter(({ kind }) => kind !== "try") };
    return go(isBack(host, "after", trial) ? "restore-profile" : "relink-beside", withRecord(alone, { undoing: true }));
  },
  "relink-beside": (host, { go }) => go("rerun-beside", { ...host, beside: { ...host.beside, link: "old" } }),
  "rerun-beside": (host, { trial: { goal, beside }, go }) => {
    const back = withRecord({ ...host, beside: { ...host.beside, active: "old" } }, { touched: false });
    if (host.record?.woken === true) return go("conclude-reverted", back);
    if (beside === "after") return go("restore-profile", back);
    return go(goal === "boot" ? "conclude-reverted" : "watch", back);
  },
  "restore-profile": (host, { go }) => go("restore-boot", { ...host, profile: "old" }),
  "restore-boot": (host, { go }) =>
    go("restore-current", host.record?.token === "commit" ? { ...host, bootDefault: host.profile } : host),
  "restore-current": (host, { trial, go }) => {
    const { goal, network, keepsSystem } = trial;
    const next = goal === "boot" ? "conclude-reverted" : "watch";
    const after = isBack(host, "before", trial) ? next : "relink-beside";
    if (goal === "boot" || keepsSystem) return go(after);
    const reachable = host.reachable || network === "mended";
    return go(after, { ...host, current: "old", reachable });
  },
  watch: (host, { trial, go }) => {
    const { lostContact } = trial;
    const watches = lostContact === "reboot" || (lostContact === "auto" && !seemsReachable(host, trial));
    return watches ? go("watch-timer", withRecord(host, { watching: true })) : go("conclude-reverted");
  },
  "watch-timer": (host, { go }) => go("conclude-reverted", { ...host, contactTimer: true }),
  "conclude-committed": conclude("committed"),
  "conclude-tested": conclude("tested"),
  "conclude-reverted": conclude("reverted"),
  "drop-lock": (host, { go }) => go("unpin", { ...host, locked: false }),
  unpin: (host, { go }) => go("stop-timers", { ...host, pinned: false }),
  "stop-timers": (host, { end }) => end({ ...host, timers: [] }),
};

function isGood({ activation, beside, besideActivation, keepsSystem }: Trial): boolean {
  return (keepsSystem || activation === "good") && (beside === "none" || besideActivation === "good");
}

/** Both rename the same file, and only one of them can. A revert goes on in any case: someone may have died with it. */
function take(host: HostModel, { process: { kind }, go, end }: Moves): HostModel {
  const token = kind === "commit" ? "commit" : "revert";
  if (host.record?.token === "armed") return go("begin", withRecord(host, { token }));
  return kind === "commit" ? end() : go("begin");
}

function begin(host: HostModel, { process: { kind }, go, end }: Moves): HostModel {
  const { record } = host;
  if (record === undefined || isWorking(host)) return end();
  if (record.verdict !== undefined) return kind === "commit" ? end() : go("drop-lock", host, true);
  if (record.token === "none") return end({ ...host, timers: [] });
  if (record.woken) return go(record.touched ? "relink-beside" : "conclude-reverted", host, true);
  return go(record.token === "commit" && !record.undoing ? "check" : "undo", host, true);
}
