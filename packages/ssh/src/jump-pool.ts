import { abortReason } from "@flurry/core";

/** What is shared: a connection that others go through. */
export interface Shareable {
  /** Resolves when it has ended, whoever ended it. */
  readonly ended: Promise<unknown>;
  close(): Promise<void>;
}

/** A part in something shared; it is closed when nobody has a part in it any more. */
export interface Share<T> {
  readonly value: T;
  release(): Promise<void>;
}

interface Entry {
  readonly opening: Promise<Shareable>;
  shares: number;
}

/**
 * Connections to jump hosts, one for all hosts behind the same one: sshd drops connections that come faster than its
 * `MaxStartups` allows, while it sets no limit to the hosts that one connection reaches.
 */
export class JumpPool {
  readonly #entries = new Map<string, Entry>();

  /** How many connections there are, or are being opened. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Takes part in the connection of that key, which is opened when there is none.
   *
   * @param open - is not told of `signal`: others may wait for the same
   * @throws what `open` throws, or the reason of `signal`
   */
  async share<T extends Shareable>(key: string, open: () => Promise<T>, signal: AbortSignal): Promise<Share<T>> {
    const entry = this.#entries.get(key) ?? this.#begin(key, open);
    entry.shares += 1;
    let isReleased = false;
    const release = async (): Promise<void> => {
      if (isReleased) return;
      isReleased = true;
      entry.shares -= 1;
      if (entry.shares > 0) return;
      this.#forget(key, entry);
      await entry.opening.then(
        (shared) => shared.close(),
        () => {},
      );
    };
    try {
      // Whoever uses a key opens the same kind of thing.
      return { value: (await unlessAborted(entry.opening, signal)) as T, release };
    } catch (error) {
      // Nobody waits for a connection that the last one has given up.
      void release();
      throw error;
    }
  }

  #begin(key: string, open: () => Promise<Shareable>): Entry {
    const entry: Entry = { opening: open(), shares: 0 };
    this.#entries.set(key, entry);
    const forget = (): void => this.#forget(key, entry);
    entry.opening.then((shared) => shared.ended.then(forget, forget), forget);
    return entry;
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortReason(signal, "waiting for a jump host"));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
