import type { Readable, Writable } from "node:stream";

import { abortReason, FlurryError } from "@flurry/core";

import { OutputGatherer } from "./gather-output.ts";
import type { ExecOptions, ExecResult } from "./transport.ts";

/** The host did not open a channel, which may be because too many are open. */
export class ChannelRefusal extends Error {}

/** What bounds a command. */
export interface CommandBounds {
  /** What errors call the host. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** Aborts when the connection has ended; its reason says why. */
  readonly lost: AbortSignal;
}

/** How a command ended, as far as its host tells. */
export type CommandExit = Pick<ExecResult, "exitCode" | "signal">;

/** A command that runs at a host. */
export interface CommandChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the channel is closed and both streams are read; undefined when the end stays unknown. Never rejects. */
  readonly ended: Promise<CommandExit | undefined>;
  /** Gives the command up; what it still prints is thrown away. */
  close(): void;
}

/** An authenticated connection that commands run over. */
export interface CommandConnection {
  /** The control socket of its master, where it is one of OpenSSH. */
  readonly socket?: string;
  /**
   * Asks the host to run a command.
   *
   * @throws ChannelRefusal, FlurryError the reason of the signals in `bounds`
   */
  open(command: string, bounds: CommandBounds): Promise<CommandChannel>;
  /** Resolves when the connection has ended, with the error that ended it if there was one. Never rejects. */
  readonly ended: Promise<Error | undefined>;
  close(): Promise<void>;
}

/**
 * Gives a command its input and gathers its output until it has ended.
 *
 * @throws FlurryError FLURRY_SSH_CONNECTION_LOST, FLURRY_OUTPUT_TOO_LARGE, the reason of `signal`, or what a callback throws
 */
export async function runOnChannel(
  channel: CommandChannel,
  options: ExecOptions,
  { name, signal, lost }: CommandBounds,
): Promise<ExecResult> {
  const { maxOutputBytes: maxBytes = 64 * 1024 * 1024, onStdoutLine, onStderrLine } = options;
  const stdout = new OutputGatherer({ onLine: onStdoutLine, maxBytes, keep: onStdoutLine ? "nothing" : "all" });
  const stderr = new OutputGatherer({ onLine: onStderrLine, maxBytes, keep: "end" });
  try {
    return await unlessStopped<ExecResult>([lost, signal], name, (settle) => {
      const gather = (gatherer: OutputGatherer) => (chunk: Buffer) =>
        settle.try(() => {
          if (!gatherer.add(chunk)) throw tooLarge(name, maxBytes);
        });
      // Both streams must be read, or the channel would never close.
      channel.stdout.on("data", gather(stdout));
      channel.stderr.on("data", gather(stderr));
      // A command may end without reading its input; that is no error of ours.
      for (const stream of [channel.stdin, channel.stdout, channel.stderr]) stream.on("error", () => {});
      void channel.ended.then((exit) =>
        settle.try(() => {
          if (exit !== undefined) settle.resolve({ ...exit, stdout: stdout.end(), stderr: stderr.end() });
          // If the connection is what has ended, `lost` says why in a moment.
          else setTimeout(() => settle.reject(endUnknown(name)), 100);
        }),
      );
      channel.stdin.end(options.stdin ?? "");
    });
  } catch (error) {
    channel.close();
    throw error;
  }
}

/** The error of a connection that broke. */
export function connectionLost(name: string, cause?: unknown): FlurryError {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new FlurryError("FLURRY_SSH_CONNECTION_LOST", `the connection to ${name} broke${why}`, { cause });
}

function endUnknown(name: string): FlurryError {
  return new FlurryError("FLURRY_SSH_CONNECTION_LOST", `${name} did not say how the command ended`, {
    hint: "The connection was cut, or sshd was stopped, while the command ran.",
  });
}

function tooLarge(name: string, maxBytes: number): FlurryError {
  return new FlurryError("FLURRY_OUTPUT_TOO_LARGE", `a command on ${name} printed more than ${maxBytes} bytes`);
}

/** What settles the promise of {@link unlessStopped}. */
export interface Settle<T> {
  /** @returns false when it was settled before */
  resolve(value: T): boolean;
  reject(error: unknown): void;
  /** Does something, and rejects with what it throws. */
  try(action: () => void): void;
}

/** A promise that also rejects when one of the signals aborts, with its reason. */
export async function unlessStopped<T>(
  signals: readonly AbortSignal[],
  name: string,
  start: (settle: Settle<T>) => void,
): Promise<T> {
  const cleanUp: (() => void)[] = [];
  try {
    return await new Promise<T>((resolve, reject) => {
      let settled = false;
      const settle: Settle<T> = {
        resolve: (value) => {
          const first = !settled;
          settled = true;
          resolve(value);
          return first;
        },
        reject: (error) => {
          settled = true;
          reject(error instanceof Error ? error : new Error(String(error)));
        },
        try: (action) => {
          try {
            if (!settled) action();
          } catch (error) {
            settle.reject(error);
          }
        },
      };
      for (const signal of signals) {
        const onAbort = (): void => settle.reject(abortReason(signal, `a command on ${name}`));
        if (signal.aborted) onAbort();
        signal.addEventListener("abort", onAbort, { once: true });
        cleanUp.push(() => signal.removeEventListener("abort", onAbort));
      }
      if (!settled) start(settle);
    });
  } finally {
    for (const undo of cleanUp) undo();
  }
}
