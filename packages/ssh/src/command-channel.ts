import { abortReason, FlurryError } from "@flurry/core";
import type { Client, ClientChannel } from "ssh2";

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

/**
 * Asks the host to run a command.
 *
 * @throws ChannelRefusal, FlurryError the reason of `signal` or of `lost`
 */
export async function openCommandChannel(
  client: Client,
  command: string,
  { name, signal, lost }: CommandBounds,
): Promise<ClientChannel> {
  return unlessStopped([lost, signal], name, (settle) => {
    const take = (error: Error | undefined, channel: ClientChannel): void => {
      if (error === undefined || error === null) {
        // Someone may have given up on it in the meantime.
        if (!settle.resolve(channel)) dismiss(channel);
        return;
      }
      if (lost.aborted) settle.reject(abortReason(lost, name));
      else settle.reject(new ChannelRefusal(error.message, { cause: error }));
    };
    try {
      client.exec(command, take);
    } catch (cause) {
      // ssh2 throws when the connection is gone although nothing has told so yet.
      settle.reject(lost.aborted ? abortReason(lost, name) : connectionLost(name, cause));
    }
  });
}

/**
 * Gives a command its input and gathers its output until it has ended.
 *
 * @throws FlurryError FLURRY_SSH_CONNECTION_LOST, FLURRY_OUTPUT_TOO_LARGE, the reason of `signal`, or what a callback throws
 */
export async function runOnChannel(
  channel: ClientChannel,
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
      channel.on("data", gather(stdout));
      channel.stderr.on("data", gather(stderr));
      // A command may end without reading its input; that is no error of ours.
      channel.on("error", () => {});
      channel.stderr.on("error", () => {});
      // The event `exit` may be over before anyone can listen, when it comes in one piece with the channel's
      // opening; ssh2 hands its arguments to `close` as well.
      channel.on("close", (code?: number | null, killedBy?: string) =>
        settle.try(() => {
          const exit = exitOf(code, killedBy);
          if (exit !== undefined) settle.resolve({ ...exit, stdout: stdout.end(), stderr: stderr.end() });
          // If the connection is what has ended, `lost` says why in a moment.
          else setTimeout(() => settle.reject(endUnknown(name)), 100);
        }),
      );
      channel.end(options.stdin ?? "");
    });
  } catch (error) {
    dismiss(channel);
    throw error;
  }
}

function exitOf(
  code: number | null | undefined,
  killedBy: string | undefined,
): Pick<ExecResult, "exitCode" | "signal"> | undefined {
  if (code === undefined) return undefined;
  return code === null
    ? { exitCode: null, ...(killedBy === undefined ? {} : { signal: killedBy }) }
    : { exitCode: code };
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

/** Closes a channel that nobody waits for; what still comes is thrown away. */
function dismiss(channel: ClientChannel): void {
  channel.on("error", () => {});
  channel.stderr.on("error", () => {});
  channel.removeAllListeners("data").resume();
  channel.stderr.removeAllListeners("data").resume();
  channel.close();
}

interface Settle<T> {
  /** @returns false when it was settled before */
  resolve(value: T): boolean;
  reject(error: unknown): void;
  /** Does something, and rejects with what it throws. */
  try(action: () => void): void;
}

/** A promise that also rejects when one of the signals aborts, with its reason. */
async function unlessStopped<T>(
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
