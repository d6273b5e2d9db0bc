import type { CliContext, PlatformSignal, TextOutput } from "../../src/context.ts";
import type { Services } from "../../src/services.ts";
import type { FormQuestions } from "../../src/terminal/form-questions.ts";

/** What a fake process looks like. */
export interface FakeOptions {
  /** Which machine it is; none that is known by default. */
  readonly machine?: string;
  /** The public host keys of the machine; none by default. */
  readonly hostKeys?: readonly string[];
  readonly services?: Partial<Services>;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly tty?: boolean;
  readonly columns?: number;
  readonly stdin?: string;
  /** What the person at the terminal answers; undefined is no terminal. */
  readonly answers?: readonly string[];
  readonly runAttached?: CliContext["runAttached"];
  /** Who sits at the terminal; nobody unless given. */
  readonly questions?: FormQuestions;
}

/** A {@link CliContext} that keeps what is written, and whose clock and signals the test moves. */
export interface FakeContext extends CliContext {
  readonly out: () => string;
  readonly err: () => string;
  readonly raise: (signal: PlatformSignal) => void;
  /** Moves the clock and lets everything tick that is due. */
  readonly pass: (ms: number) => void;
  readonly listeners: () => number;
}

/** Makes a process out of nothing. Services that a test did not give must not be called. */
export function fakeContext(options: FakeOptions = {}): FakeContext {
  const { env = {}, cwd = "/nowhere", tty = false, columns = 100, stdin = "" } = options;
  const answers = [...(options.answers ?? [])];
  let now = Date.UTC(2026, 10, 22, 13);
  const texts = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr"): TextOutput => ({
    isTTY: tty,
    columns: () => (tty ? columns : undefined),
    rows: () => (tty ? 24 : undefined),
    write: (text) => {
      texts[name] += text;
    },
  });
  const listeners = new Map<PlatformSignal, Set<() => void>>();
  const timers = new Set<{ readonly periodMs: number; readonly tick: () => void }>();
  return {
    stdout: output("stdout"),
    stderr: output("stderr"),
    readStdin: async () => stdin,
    readStdinBytes: async () => Buffer.from(stdin),
    stdinIsTTY: tty,
    writeBytes: (bytes) => {
      texts.stdout += Buffer.from(bytes).toString();
    },
    askSecret: async () => answers.shift(),
    confirm: async () => {
      const answer = answers.shift();
      return answer === undefined ? undefined : answer === "yes";
    },
    runAttached: options.runAttached ?? never("runAttached"),
    env,
    cwd,
    now: () => now,
    every: (periodMs, tick) => {
      const timer = { periodMs, tick };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    operator: "alice@laptop",
    hostname: "laptop",
    hostKeys: async () => options.hostKeys ?? [],
    machine: async () => options.machine,
    user: "alice",
    onSignal: (signal, listener) => {
      const known = listeners.get(signal) ?? new Set();
      listeners.set(signal, known.add(listener));
      return { [Symbol.dispose]: () => void known.delete(listener) };
    },
    loadServices: async () => ({ ...forbidden, ...options.services }),
    ...(options.questions === undefined ? {} : { openForm: async () => options.questions ?? never("questions")() }),
    out: () => texts.stdout,
    err: () => texts.stderr,
    raise: (signal) => {
      for (const listener of listeners.get(signal) ?? []) listener();
    },
    pass: (ms) => {
      now += ms;
      for (const { tick } of timers) tick();
    },
    listeners: () => [...listeners.values()].reduce((sum, set) => sum + set.size, timers.size),
  };
}

const never = (name: string) => () => {
  throw new Error(`the test gave no ${name}`);
};

const forbidden: Services = {
  lockFlake: never("lockFlake"),
  describeFlake: never("describeFlake"),
  completeLockFile: never("completeLockFile"),
  updateLockFile: never("updateLockFile"),
  openPool: never("openPool"),
  nixVersion: never("nixVersion"),
  findRecorder: never("findRecorder"),
  buildRecorder: never("buildRecorder"),
  runProcess: never("runProcess"),
  fetchHostKey: never("fetchHostKey"),
  transportFor: never("transportFor"),
  askHost: never("askHost"),
  machine: never("machine"),
  linkOutput: never("linkOutput"),
  deployFleet: never("deployFleet"),
  planFleet: never("planFleet"),
  fleetStatus: never("fleetStatus"),
  execOnHosts: never("execOnHosts"),
  planRollback: never("planRollback"),
  rollbackFleet: never("rollbackFleet"),
  resumeFleet: never("resumeFleet"),
  collectFleet: never("collectFleet"),
  uploadFleetKeys: never("uploadFleetKeys"),
};
