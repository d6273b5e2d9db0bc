import { abortReason } from "@flurry/core";

/** What a task is expected to need; see {@link Admission}. */
export interface Need {
  /** Bytes of memory at its end. */
  readonly memoryBytes?: number;
  /** Milliseconds until its end. */
  readonly durationMs?: number;
  /** Start when nothing else runs, and start nothing else meanwhile. */
  readonly alone?: boolean;
}

/** What an {@link Admission} goes by. */
export interface AdmissionOptions {
  /** How many tasks may run at a time. */
  readonly limit: number;
  /** Bytes of memory that are free now; unknown unless given. */
  readonly freeMemory?: () => number;
  /** Milliseconds by a clock that only goes forward. */
  readonly now?: () => number;
}

interface Waiting {
  readonly need: Need;
  readonly start: (running: Running) => void;
}

interface Running {
  readonly need: Need;
  readonly since: number;
}

/**
 * Lets a bounded number of tasks run at a time, as far as memory is free for what they will need. First come, first
 * served. One task may always run.
 */
export class Admission {
  readonly #limit: number;
  readonly #freeMemory: (() => number) | undefined;
  readonly #now: () => number;
  readonly #waiting: Waiting[] = [];
  readonly #running = new Set<Running>();

  constructor({ limit, freeMemory, now = () => performance.now() }: AdmissionOptions) {
    this.#limit = Math.max(1, Math.floor(limit));
    this.#freeMemory = freeMemory;
    this.#now = now;
  }

  /**
   * Runs a task when there is room for it. A task that still waits when `signal` aborts never starts.
   *
   * @throws FlurryError the reason of `signal`; whatever the task throws
   */
  async run<T>(
    task: () => Promise<T>,
    { signal, what, need = {} }: { readonly signal: AbortSignal; readonly what: string; readonly need?: Need },
  ): Promise<T> {
    const running = await this.#enter(need, signal, what);
    try {
      return await task();
    } finally {
      this.#running.delete(running);
      this.#admit();
    }
  }

  async #enter(need: Need, signal: AbortSignal, what: string): Promise<Running> {
    if (signal.aborted) throw abortReason(signal, what);
    return new Promise<Running>((resolve, reject) => {
      const waiting: Waiting = {
        need,
        start: (running) => {
          signal.removeEventListener("abort", onAbort);
          resolve(running);
        },
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(abortReason(signal, what));
        // What waited behind it may fit.
        this.#admit();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(waiting);
      this.#admit();
    });
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#hasRoom(next.need); next = this.#waiting[0]) {
      this.#waiting.shift();
      const running = { need: next.need, since: this.#now() };
      this.#running.add(running);
      next.start(running);
    }
  }

  #hasRoom(need: Need): boolean {
    if (this.#running.size === 0) return true;
    const all = [...this.#running];
    if (need.alone === true || all.some((running) => running.need.alone === true)) return false;
    if (all.length >= this.#limit) return false;
    if (need.memoryBytes === undefined || this.#freeMemory === undefined) return true;
    const stillToCome = all.reduce((sum, running) => sum + this.#growth(running), 0);
    return this.#freeMemory() - stillToCome >= need.memoryBytes;
  }

  /** What a task will yet take: an evaluation grows steadily until its end. */
  #growth({ need: { memoryBytes = 0, durationMs }, since }: Running): number {
    if (durationMs === undefined || durationMs <= 0) return memoryBytes;
    return memoryBytes * Math.max(0, 1 - (this.#now() - since) / durationMs);
  }
}
