import type { HostState, KeyFile, RunRecord } from "./host-state.ts";

/** What a host was known to be before a round: confirmed, and at rest. */
export interface HostBefore {
  readonly current: string;
  readonly profile: string;
  /** What a boot would bring up. */
  readonly boots: string;
  readonly bootId: string;
  readonly keys: readonly KeyFile[];
  readonly userProfiles: HostState["userProfiles"];
  /** All systems that were ever confirmed on it. */
  readonly confirmed: ReadonlySet<string>;
  /** The runs whose records it had. */
  readonly runs: ReadonlySet<string>;
}

/** What a host is before a round, by what it was before the last one. */
export function hostBefore(state: HostState, earlier: ReadonlySet<string>): HostBefore {
  const { current, profile, bootDefault, bootOverride = bootDefault, bootId, keys, userProfiles, runs } = state;
  const committed = committedSystems(runs);
  const confirmed = new Set([...earlier, ...committed, ...(earlier.size === 0 ? [profile] : [])]);
  const known = { confirmed, runs: new Set(runs.map(({ id }) => id)) };
  return { current, profile, boots: bootOverride, bootId, keys, userProfiles, ...known };
}

/** The runs that ended on a host since then, in the order in which they did. */
export function decidedSince(before: HostBefore, { runs }: HostState): readonly RunRecord[] {
  return runs
    .filter(({ id, verdict }) => verdict !== "" && !before.runs.has(id))
    .toSorted((a, b) => a.decidedAt - b.decidedAt);
}

/** The systems that runs made the boot default, in the order of the runs. */
export function committedSystems(runs: readonly RunRecord[]): readonly string[] {
  return runs.flatMap(({ verdict, keepsSystem, candidate }) =>
    verdict === "committed" && !keepsSystem ? [candidate] : [],
  );
}

/** Runs whose step has begun and that have no verdict. */
export function openRuns({ runs }: HostState): readonly RunRecord[] {
  return runs.filter(({ token, verdict }) => token !== "none" && verdict === "");
}

/** True while a host is not at rest: a run is open, or something of one still lies about. */
export function isBusy(state: HostState): boolean {
  return openRuns(state).length > 0 || state.leftovers.length > 0 || abandoned(state).length > 0;
}

/** Runs that took a lock and never began, beside the one whose lease is not over. */
function abandoned({ runs, lease }: HostState): readonly RunRecord[] {
  return runs.filter(({ id, token, verdict }) => token === "none" && verdict === "" && id !== lease?.run);
}

/**
 * The promise, for one host after one round: it runs a system that was confirmed, boots one, and nothing of a run is
 * left. What was confirmed in the round is what the host's own records say.
 *
 * @returns what is wrong; nothing when the promise was kept
 */
export function judgeHost(before: HostBefore, state: HostState): readonly string[] {
  const decided = decidedSince(before, state);
  return [
    ...judgeRest(state),
    ...judgeVerdicts(decided),
    ...judgeSystems(before, state, decided),
    ...judgeProfiles(before, state, decided),
  ];
}

function judgeRest(state: HostState): readonly string[] {
  return [
    ...openRuns(state).map(({ id, token }) => `run ${id} is still open (${token})`),
    ...abandoned(state).map(({ id }) => `run ${id} never began and its record is left`),
    ...state.leftovers.map(({ kind, what }) => `leftover ${kind}: ${what}`),
  ];
}

function judgeVerdicts(decided: readonly RunRecord[]): readonly string[] {
  return decided.flatMap(({ id, verdict, reason, goal }) => {
    const right = goal === "test" ? ["tested", "reverted"] : ["committed", "reverted"];
    return right.includes(verdict) ? [] : [`run ${id} (${goal}) ended with ${verdict}: ${reason}`];
  });
}

const kept: ReadonlySet<string> = new Set(["committed", "tested", "kept"]);

/** Profiles beside the system are those of the last run that was kept and had any. */
function judgeProfiles(before: HostBefore, state: HostState, decided: readonly RunRecord[]): readonly string[] {
  const right = new Map(before.userProfiles);
  for (const { verdict, profiles } of decided)
    if (kept.has(verdict)) for (const [name, path] of profiles) right.set(name, path);
  return [...new Set([...right.keys(), ...state.userProfiles.keys()])].flatMap((name) => {
    const is = state.userProfiles.get(name) ?? "nothing";
    const should = right.get(name) ?? "nothing";
    return is === should ? [] : [`the profile ${name} leads to ${is}, not to ${should}`];
  });
}

function judgeSystems(before: HostBefore, state: HostState, decided: readonly RunRecord[]): readonly string[] {
  const complaints: string[] = [];
  const confirmed = new Set([before.profile, ...committedSystems(decided)]);
  if (state.profile !== state.bootDefault)
    complaints.push(`the profile leads to ${state.profile}, the boot default is ${state.bootDefault}`);
  const { bootOverride = state.bootDefault } = state;
  if (!confirmed.has(bootOverride) && bootOverride !== before.boots && !before.confirmed.has(bootOverride))
    complaints.push(`it boots ${bootOverride} next, which was never confirmed`);
  if (!confirmed.has(state.bootDefault)) complaints.push(`the boot default ${state.bootDefault} was never confirmed`);
  const boots = committedSystems(decided).at(-1) ?? before.profile;
  if (state.profile !== boots) complaints.push(`the profile leads to ${state.profile}, not to ${boots}`);
  const runs = currentAllowed(before, state, decided);
  if (!runs.has(state.current)) complaints.push(`it runs ${state.current}, which is none of ${[...runs].join(", ")}`);
  return complaints;
}

/** What the host may run, by the last run that decided anything and by whether it booted since. */
function currentAllowed(before: HostBefore, state: HostState, decided: readonly RunRecord[]): ReadonlySet<string> {
  const last = decided.at(-1);
  // What a boot brings up is the boot default of then.
  const booted = decided.some(({ boot }) => boot !== state.bootId) || state.bootedAt > (last?.decidedAt ?? 0);
  const afterBoot = booted ? [before.profile, before.boots, ...committedSystems(decided)] : [];
  if (last === undefined) return new Set([before.current, ...afterBoot]);
  switch (last.verdict) {
    case "committed":
      return new Set(last.goal === "boot" ? [last.before, ...afterBoot] : [last.candidate]);
    case "tested":
      return new Set([last.candidate, ...afterBoot]);
    default:
      return new Set([last.before, ...afterBoot]);
  }
}
