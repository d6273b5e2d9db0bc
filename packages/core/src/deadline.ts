import { setMaxListeners } from "node:events";

import { FlurryError } from "./errors.ts";

/** A signal that aborts when its time is up or when its parent does. Dispose of it when the work is done. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Bounds an operation in time.
 *
 * @param timeoutMs - milliseconds until `signal` aborts with `FLURRY_TIMEOUT`
 * @param what - names the operation in the error: "copying to nas"
 * @param parent - a signal of the caller; its abort aborts this one with `FLURRY_ABORTED` (or its own FlurryError)
 */
export function deadline(timeoutMs: number, what: string, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const onParent = (): void => controller.abort(abortReason(parent, what));
  const timer = setTimeout(
    () => controller.abort(new FlurryError("FLURRY_TIMEOUT", `${what} did not end within ${formatMs(timeoutMs)}`)),
    // Node fires timers above 2^31-1 ms at once.
    Math.min(timeoutMs, 2 ** 31 - 1),
  );
  // One signal stands behind every operation of a run; Node takes more than ten listeners for a leak.
  if (parent !== undefined) setMaxListeners(0, parent);
  if (parent?.aborted === true) onParent();
  else parent?.addEventListener("abort", onParent, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      parent?.removeEventListener("abort", onParent);
    },
  };
}

/** The FlurryError behind an aborted signal: its own reason, or `FLURRY_ABORTED` with the reason as its cause. */
export function abortReason(signal: AbortSignal | undefined, what: string): FlurryError {
  const reason: unknown = signal?.reason;
  return FlurryError.is(reason)
    ? reason
    : new FlurryError("FLURRY_ABORTED", `${what} was cancelled`, { cause: reason });
}

/**
 * Waits.
 *
 * @throws FlurryError the reason of `signal` when it aborts first
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) throw abortReason(signal, "waiting");
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(abortReason(signal, "waiting"));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** "240 s", "1.5 s" or "20 ms": a duration for people. */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}
