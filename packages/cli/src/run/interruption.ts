import { FlurryError } from "@flurry/core";

import type { CliContext } from "../context.ts";

/** What the user's interruptions mean to a command. */
export interface Interruption extends Disposable {
  /** Aborts when the command has to end at once. */
  readonly signal: AbortSignal;
  /** Aborts when nothing new may be started. */
  readonly drain: AbortSignal;
  /**
   * From now on there is something that is better brought to an end: the first SIGINT (or a terminal that closes)
   * asks to start nothing new, and only the second one to end at once.
   */
  readonly drainFirst: (onDrain: () => void) => void;
}

/** Listens to the signals of the platform; each of them ends the command at once unless it drains first. */
export function listenForInterruption(context: CliContext): Interruption {
  const abort = new AbortController();
  const drain = new AbortController();
  let onDrain: (() => void) | undefined;
  const stopNow = (): void => {
    const reason = new FlurryError("FLURRY_ABORTED", "interrupted");
    drain.abort(reason);
    abort.abort(reason);
  };
  const interrupt = (): void => {
    if (onDrain === undefined || drain.signal.aborted) return stopNow();
    drain.abort(new FlurryError("FLURRY_ABORTED", "interrupted before it was begun"));
    onDrain();
  };
  const hangUp = (): void => {
    // Who lost the terminal asked for nothing, so it never counts as the second request.
    if (!drain.signal.aborted) interrupt();
  };
  const listeners = [
    context.onSignal("SIGINT", interrupt),
    context.onSignal("SIGTERM", stopNow),
    context.onSignal("SIGHUP", hangUp),
  ];
  return {
    signal: abort.signal,
    drain: drain.signal,
    drainFirst: (listener) => {
      onDrain = listener;
    },
    [Symbol.dispose]: () => {
      for (const listener of listeners) listener[Symbol.dispose]();
    },
  };
}
