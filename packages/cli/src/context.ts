import type { NixContext } from "@flurry/nix";

import type { Services } from "./services.ts";
import type { FormQuestions } from "./terminal/form-questions.ts";

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
  /** All of standard input as bytes, up to its end. */
  readonly readStdinBytes: () => Promise<Uint8Array>;
  /** Whether a person types the standard input. */
  readonly stdinIsTTY: boolean;
  /** A result that need not be text, to standard output. */
  readonly writeBytes: (bytes: Uint8Array) => void;
  /** Asks the person at the terminal for something that is not shown; undefined when there is no terminal or no answer. */
  readonly askSecret: (question: string, signal: AbortSignal) => Promise<string | undefined>;
  /** Asks the person at the terminal for a yes or no; undefined when there is no terminal or no answer. */
  readonly confirm: (question: string, signal: AbortSignal) => Promise<boolean | undefined>;
  /** Runs a program that has the terminal to itself: an editor, or a command that the user gave. */
  readonly runAttached: (file: string, args: readonly string[], options: AttachedOptions) => Promise<AttachedResult>;
  readonly env: NodeJS.ProcessEnv;
  /** The absolute directory that relative paths start from. */
  readonly cwd: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls `tick` every `periodMs` until the result is disposed of. */
  readonly every: (periodMs: number, tick: () => void) => Disposable;
  /** Who runs the command, for people: `alice@laptop`. */
  readonly operator: string;
  /** What this machine is called. */
  readonly hostname: string;
  /** Which machine this is, however it is called: it tells no other machine's secrets and stays the same over reboots. */
  readonly machine?: () => Promise<string | undefined>;
  /** The public host keys of this machine's sshd, each as `type base64`; none where it has none. */
  readonly hostKeys?: () => Promise<readonly string[]>;
  /** Whom the process runs as. */
  readonly user: string;
  /** Takes the signal away from the platform's own handling until the result is disposed of. */
  readonly onSignal: (signal: PlatformSignal, listener: () => void) => Disposable;
  /** The machinery behind the commands; loading it takes a while, so only commands that run do. */
  readonly loadServices: () => Promise<Services>;
  /** Begins to read the flake of a directory before the machinery is loaded; the result ends what nobody asked for. */
  readonly beginLock?: (nix: NixContext) => Promise<Disposable | undefined>;
  /** Asks whoever sits at the terminal; undefined when nobody does. */
  readonly openForm?: (() => Promise<FormQuestions>) | undefined;
}

/** How to run a program that has the terminal to itself. */
export interface AttachedOptions {
  readonly cwd: string;
  /** The whole environment of the program. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends the program politely. */
  readonly signal: AbortSignal;
}

/** How a program ended. */
export interface AttachedResult {
  /** The exit code, or 128 and the number of the signal that ended it. */
  readonly exitCode: number;
}
