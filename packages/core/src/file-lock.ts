import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

import { FlurryError } from "./errors.ts";

/** A held lock; disposing of it releases it. `signal` aborts if the lock is lost while it is held. */
export interface FileLock extends AsyncDisposable {
  readonly signal: AbortSignal;
}

/**
 * Takes an exclusive lock between processes of this machine, beside `path` (which need not exist).
 * A lock whose holder died is taken over after 15 seconds.
 *
 * @param waitMs - how long to wait for another holder; 0 fails at once
 * @throws FlurryError FLURRY_LOCKED when another process holds it all that time
 */
export async function lockFile(path: string, { waitMs = 0 }: { readonly waitMs?: number } = {}): Promise<FileLock> {
  const { lock } = await import("proper-lockfile");
  await mkdir(dirname(path), { recursive: true });
  const lost = new AbortController();
  const retries = waitMs === 0 ? 0 : { forever: true, maxRetryTime: waitMs, minTimeout: 50, maxTimeout: 500 };
  try {
    // Without onCompromised the library throws from a timer and ends the process.
    const onCompromised = (cause: Error): void =>
      lost.abort(new FlurryError("FLURRY_LOCKED", `the lock of ${path} was lost`, { cause }));
    const release = await lock(path, { realpath: false, stale: 15_000, retries, onCompromised });
    return { signal: lost.signal, [Symbol.asyncDispose]: () => (lost.signal.aborted ? Promise.resolve() : release()) };
  } catch (cause) {
    throw new FlurryError("FLURRY_LOCKED", `another process holds the lock of ${path}`, {
      cause,
      hint: `Wait for it to end; if there is none, remove ${path}.lock.`,
    });
  }
}
