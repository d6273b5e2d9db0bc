import type { RemoteRun } from "./remote-run.ts";

/** Milliseconds between two renewals of the host's lock, a fraction of its lease of 90 seconds. */
const renewEveryMs = 20_000;

/** Keeps the host's lock alive while something takes its time. A renewal that fails is not fatal: `start` checks the lock. */
export function renewing(run: RemoteRun, signal: AbortSignal): Disposable {
  const timer = setInterval(() => {
    run.verb("renew", [], { signal, timeoutMs: renewEveryMs }).catch(() => {});
  }, renewEveryMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
