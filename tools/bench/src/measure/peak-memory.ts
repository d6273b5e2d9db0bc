import { setTimeout as wait } from "node:timers/promises";

import { residentBytes } from "./process-tree.ts";

/** Watches the memory of a process tree. */
export interface PeakMemory {
  /** Begins to watch; a process that ends in less than one period may be missed. */
  watch(pid: number): void;
  /** Ends the watch and gives the most that was seen, in bytes. */
  stop(): Promise<number>;
}

/**
 * @param periodMs - how often to look. Looking costs some milliseconds of one core
 */
export function peakMemory(periodMs: number): PeakMemory {
  const ended = new AbortController();
  let watching: Promise<void> | undefined;
  let peak = 0;
  const look = async (pid: number): Promise<void> => {
    while (!ended.signal.aborted) {
      peak = Math.max(peak, await residentBytes(pid));
      await wait(periodMs, undefined, { signal: ended.signal }).catch(() => {});
    }
  };
  return {
    watch: (pid) => {
      watching = look(pid);
    },
    stop: async () => {
      ended.abort();
      await watching;
      return peak;
    },
  };
}
