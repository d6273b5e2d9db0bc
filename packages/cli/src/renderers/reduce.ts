import type { FleetEvent, FlurryErrorJson, ProgressUnit, Stage, Verdict } from "@flurry/core";

/** How far a stage is. */
export interface Progress {
  readonly done: number;
  readonly expected: number;
  readonly unit: ProgressUnit;
}

/** The stage that a host is in, or was in last. */
export interface StageState {
  readonly name: Stage;
  readonly startedAt: number;
  readonly outcome: "running" | "ok" | "failed" | "skipped";
  readonly note?: string;
  readonly progress?: Progress;
}

/** What the events say of one host. */
export interface HostState {
  readonly name: string;
  readonly startedAt?: number;
  readonly stage?: StageState;
  /** The last lines that were printed on its behalf in the current stage. */
  readonly tail: readonly string[];
  readonly error?: FlurryErrorJson;
  readonly verdict?: Verdict;
  /** When nothing more was to be done for it. */
  readonly endedAt?: number;
}

/** What is waited for behind a wave. */
export type GateState = Pick<Extract<FleetEvent, { readonly kind: "gate" }>, "wave" | "state" | "until">;

/** What the events say of a run. */
export interface RunState {
  readonly command: string;
  readonly goal: string;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** In the order in which they are shown. */
  readonly hosts: ReadonlyMap<string, HostState>;
  /** What is waited for behind a wave, until a host begins something again. */
  readonly gate?: GateState;
  /** Failures of the whole run. */
  readonly errors: readonly FlurryErrorJson[];
}

/** The state before the first event. */
export const initialState: RunState = { command: "", goal: "", hosts: new Map(), errors: [] };

const tailLength = 8;

// Commands whose hosts get no verdict are done with them after this stage.
const lastStages: Readonly<Record<string, Stage>> = { eval: "evaluate", build: "build", plan: "preflight" };

/** The state after one more event. */
export function reduce(state: RunState, event: FleetEvent): RunState {
  switch (event.kind) {
    case "run-started": {
      const hosts = new Map(event.hosts.map((name) => [name, state.hosts.get(name) ?? { name, tail: [] }]));
      return { ...state, command: event.command, goal: event.goal, startedAt: event.at, hosts };
    }
    case "run-finished":
      return { ...state, endedAt: event.at };
    case "planned":
      return state;
    case "verdict":
      return withHost(state, event.verdict.host, (host) => ended({ ...host, verdict: event.verdict }, event.at));
    case "failure":
      if (event.host === undefined) return { ...state, errors: [...state.errors, event.error] };
      return withHost(state, event.host, (host) => ({ ...host, error: event.error }));
    case "log":
      if (event.host === undefined) return state;
      return withHost(state, event.host, (host) => ({ ...host, tail: [...host.tail, event.line].slice(-tailLength) }));
    case "gate": {
      const { wave, state: waits, until } = event;
      return { ...state, gate: { wave, state: waits, ...(until === undefined ? {} : { until }) } };
    }
    case "stage-started":
      return withHost(opened(state), event.host, (host) => reduceStage(host, event, lastStages[state.command]));
    case "stage-progress":
    case "stage-finished":
      return withHost(state, event.host, (host) => reduceStage(host, event, lastStages[state.command]));
  }
}

function opened(state: RunState): RunState {
  const { gate, ...open } = state;
  return gate === undefined ? state : open;
}

type StageEvent = Extract<FleetEvent, { readonly kind: `stage-${string}` }>;

function reduceStage(host: HostState, event: StageEvent, lastStage: Stage | undefined): HostState {
  const isNew = event.kind === "stage-started";
  const stage = stageOf(isNew ? undefined : host.stage, event);
  const next = { ...(isNew ? reopened(host) : host), startedAt: host.startedAt ?? event.at, stage };
  const isLast = event.stage === lastStage || stage.outcome === "failed";
  return lastStage !== undefined && stage.outcome !== "running" && isLast ? ended(next, event.at) : next;
}

// A host that was done with may be taken back later on, with the rest of its wave.
function reopened({ name, error }: HostState): HostState {
  return { name, tail: [], ...(error === undefined ? {} : { error }) };
}

function stageOf(before: StageState | undefined, event: StageEvent): StageState {
  const known = before?.name === event.stage ? before : undefined;
  const note = event.note ?? known?.note;
  return {
    name: event.stage,
    startedAt: known?.startedAt ?? event.at,
    outcome: event.kind === "stage-finished" ? event.outcome : "running",
    ...(note === undefined ? {} : { note }),
    ...progressOf(known, event),
  };
}

function progressOf(known: StageState | undefined, event: StageEvent): Pick<StageState, "progress"> {
  if (event.kind === "stage-progress") {
    const { done, expected, unit } = event;
    return { progress: { done, expected, unit } };
  }
  return known?.progress === undefined ? {} : { progress: known.progress };
}

function ended(host: HostState, at: number): HostState {
  return { ...host, endedAt: at };
}

function withHost(state: RunState, name: string, change: (host: HostState) => HostState): RunState {
  const hosts = new Map(state.hosts);
  hosts.set(name, change(hosts.get(name) ?? { name, tail: [] }));
  return { ...state, hosts };
}
