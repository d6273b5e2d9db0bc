import { abortReason } from "@flurry/core";

/** A place for one channel; give it back by disposing of it. */
export interface ChannelPlace extends Disposable {
  /** Tells the queue that the host did open the channel. */
  opened(): void;
}

/**
 * Lets only so many channels of a connection be open at a time: OpenSSH refuses more than `MaxSessions` (10 unless
 * configured). First come, first served.
 */
export class ChannelQueue {
  #limit: number;
  #taken = 0;
  #open = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Channels that the host has opened and that are not closed yet. */
  get open(): number {
    return this.#open;
  }

  /** Takes from now on no more channels than are open: the host has just refused another one. */
  narrow(): void {
    this.#limit = Math.max(1, Math.min(this.#limit, this.#open));
  }

  /**
   * Waits for a place.
   *
   * @throws FlurryError the reason of `signal`
   */
  async take(signal: AbortSignal): Promise<ChannelPlace> {
    if (signal.aborted) throw abortReason(signal, "waiting for a channel");
    if (this.#taken >= this.#limit) await this.#turn(signal);
    this.#taken++;
    let isOpen = false;
    let isTaken = true;
    return {
      opened: () => {
        isOpen = true;
        this.#open++;
      },
      [Symbol.dispose]: () => {
        if (!isTaken) return;
        isTaken = false;
        this.#taken--;
        if (isOpen) this.#open--;
        if (this.#taken < this.#limit) this.#waiting.shift()?.();
      },
    };
  }

  async #turn(signal: AbortSignal): Promise<void> {
    // A place may be gone again before a woken one gets to take it.
    while (this.#taken >= this.#limit) {
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => {
          this.#waiting.splice(this.#waiting.indexOf(wake), 1);
          reject(abortReason(signal, "waiting for a channel"));
        };
        const wake = (): void => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        };
        this.#waiting.push(wake);
        signal.addEventListener("abort", onAbort, { once: true });
      });
    }
  }
}
