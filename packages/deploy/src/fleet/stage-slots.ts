import type { ParallelLimits } from "@flurry/schema";
import pLimit from "p-limit";

/** Waits for a turn, does something, and lets the next one have the turn. */
export type InSlot = <T>(work: () => Promise<T>) => Promise<T>;

/** Turns for the stages of a wave: a host that waits for one of them keeps no other from the other. */
export interface StageSlots {
  /** How many hosts may be begun: enough that one can copy or activate whenever there is a turn for it, and no more. */
  readonly hosts: number;
  readonly toCopy: InSlot;
  readonly toActivate: InSlot;
}

/** Turns by the limits of a rollout. */
export function stageSlots({ copy, activate }: Pick<ParallelLimits, "copy" | "activate">): StageSlots {
  // Whoever asks for one at a time wants each to be over before the next begins, in the order of the fleet.
  const hosts = activate === 1 ? 1 : copy + activate;
  return { hosts, toCopy: pLimit(copy), toActivate: pLimit(activate) };
}

/** What a host does when it is its turn. */
export interface HostTurns<T, R> {
  readonly copy: () => Promise<T>;
  /** Keeps what was begun alive until it is the host's turn to activate. */
  readonly wait: (copied: T) => Disposable;
  readonly activate: (copied: T) => Promise<R>;
}

/** Takes a host through its stages, each in its turn. */
export async function takeTurns<T, R>(slots: StageSlots, { copy, wait, activate }: HostTurns<T, R>): Promise<R> {
  const copied = await slots.toCopy(copy);
  const waiting = wait(copied);
  try {
    return await slots.toActivate(async () => {
      waiting[Symbol.dispose]();
      return await activate(copied);
    });
  } finally {
    waiting[Symbol.dispose]();
  }
}
