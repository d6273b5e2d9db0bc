import { abortReason } from "@flurry/core";

interface Waiting {
  readonly start: () => void;
}

/** Lets a bounded number of tasks run at a time, first come first served. */
export class Admission {
  readonly #limit: number;
  readonly #waiting: Waiting[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = Math.max(1, Math.floor(limit));
  }

  /**
   * Runs a task when there is room for it. A task that still waits when `signal` aborts never starts.
   *
   * @throws FlurryError the reason of `signal`; whatever the task throws
   */
  async run<T>(task: () => Promise<T>, signal: AbortSignal, what: string): Promise<T> {
    await this.#enter(signal, what);
    try {
      return await task();
    } finally {
      this.#running -= 1;
      this.#admit();
    }
  }

  async #enter(signal: AbortSignal, what: string): Promise<void> {
    if (signal.aborted) throw abortReason(signal, what);
    await new Promise<void>((resolve, reject) => {
      const waiting: Waiting = {
        start: () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(abortReason(signal, what));
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(waiting);
      this.#admit();
    });
  }

  #admit(): void {
    while (this.#running < this.#limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running += 1;
      next.start();
    }
  }
}
