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

const places: Readonly<Record<Place, (host: HostModel, moves: Moves) => HostModel>> = {
  activate: (host, { trial, go }) => {
    if (trial.activation === "crashes") return powerCut(host, trial);
    const reachable = trial.network === "kept";
    return go(trial.activation === "hangs" ? "hang" : "decide", { ...host, current: "new", reachable });
  },
  hang: (host) => host,
  decide: (host, { trial, go, end }) =>
    trial.activation === "good"
      ? go("unwatch", withTimer(withRecord(host, { tried: "accepted" }), "confirm"))
      : end(spawn(withRecord(host, { tried: "rejected" }), { kind: "revert", at: "take", works: false })),
  unwatch: (host, { end }) => end({ ...host, timers: host.timers.filter((name) => name !== "activation") }),
  take,
  begin,
  check: (host, { trial: { goal }, go }) => {
    if (goal !== "boot" && host.current !== "new") return go("undo");
    return go(goal === "test" ? "conclude-tested" : "set-profile");
  },
  "set-profile": (host, { go }) => go("set-boot", { ...host, profile: "new" }),
  "set-boot": (host, { trial, go }) =>
    trial.bootable ? go("conclude-committed", { ...host, bootDefault: "new" }) : go("undo"),
  undo: (host, { go }) => {
    const alone = { ...host, processes: host.processes.filter(({ kind }) => kind !== "try") };
    return go("restore-profile", withRecord(alone, { undoing: true }));
  },
  "restore-profile": (host, { go }) => go("restore-boot", { ...host, profile: "old" }),
  "restore-boot": (host, { go }) =>
    go("restore-current", host.record?.token === "commit" ? { ...host, bootDefault: host.profile } : host),
  "restore-current": (host, { trial: { goal, network }, go }) => {
    if (goal === "boot") return go("conclude-reverted");
    const reachable = host.reachable || network === "mended";
    return go("watch", { ...host, current: "old", reachable });
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
  return go(record.token === "commit" && !record.undoing ? "check" : "undo", host, true);
}
