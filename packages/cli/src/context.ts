import type { Services } from "./services.ts";

/** A stream that a command writes text to. */
export interface TextOutput {
  readonly write: (text: string) => void;
  /** Whether a person looks at it through a terminal. */
  readonly isTTY: boolean;
  /** The terminal's size right now; undefined when the stream is no terminal. */
  readonly columns: () => number | undefined;
  readonly rows: () => number | undefined;
}

/** The signals of the platform that a command answers to. */
export type PlatformSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** The process as an interface: everything that a command takes from the outside world comes through here. */
export interface CliContext {
  /** The command's result. */
  readonly stdout: TextOutput;
  /** Progress, warnings and errors. */
  readonly stderr: TextOutput;
  /** All of standard input as text, up to its end. */
  readonly readStdin: () => Promise<string>;
  readonly env: NodeJS.ProcessEnv;
  /** The absolute directory that relative paths start from. */
  readonly cwd: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls `tick` every `periodMs` until the result is disposed of. */
  readonly every: (periodMs: number, tick: () => void) => Disposable;
  /** Who runs the command, for people: `alice@laptop`. */
  readonly operator: string;
  /** Takes the signal away from the platform's own handling until the result is disposed of. */
  readonly onSignal: (signal: PlatformSignal, listener: () => void) => Disposable;
  /** The machinery behind the commands; loading it takes a while, so only commands that run do. */
  readonly loadServices: () => Promise<Services>;
}
