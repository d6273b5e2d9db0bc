import { FlurryError } from "@flurry/core";

import type { Generation, HostHistory } from "../rollback/host-history.ts";
import { rollbackTarget } from "../rollback/rollback-target.ts";

/** Which generations are old enough to go. */
export interface KeepPolicy {
  /** How many of the newest generations stay, whatever their age. */
  readonly keep: number;
  /** Only generations that were made longer ago than this go, in milliseconds. */
  readonly olderThanMs?: number;
}

/** What is to become of one generation. */
export interface GenerationFate {
  readonly number: number;
  readonly system: string;
  /** Seconds since the epoch. */
  readonly madeAt: number;
  readonly fate: "keep" | "delete";
  /** Why it stays: `current`, `booted`, `boot default`, `to roll back to`, `newest`, `young`; or `gone`: its system is not there any more. */
  readonly why?: string;
}

/**
 * Says what a policy means for the generations of a host. Never deleted are the generation that the host boots, those of
 * the systems that it runs and has booted, and the confirmed one that `flurry rollback` would go back to.
 *
 * @param now - milliseconds since the epoch, by the host's clock as far as it is known
 */
export function chooseGenerations(history: HostHistory, policy: KeepPolicy, now: number): readonly GenerationFate[] {
  const present = history.generations.filter(({ isPresent }) => isPresent);
  const newest = new Set(present.slice(-policy.keep).map(({ number }) => number));
  const back = rollbackNumber(history);
  return history.generations.map((generation): GenerationFate => {
    const { number, system, madeAt } = generation;
    const known = { number, system, madeAt };
    const needed = neededAs(generation, history) ?? (number === back ? "to roll back to" : undefined);
    if (needed !== undefined) return { ...known, fate: "keep", why: needed };
    if (!generation.isPresent) return { ...known, fate: "delete", why: "gone" };
    if (newest.has(number)) return { ...known, fate: "keep", why: "newest" };
    const isYoung = policy.olderThanMs !== undefined && now - madeAt * 1000 < policy.olderThanMs;
    return isYoung ? { ...known, fate: "keep", why: "young" } : { ...known, fate: "delete" };
  });
}

function neededAs({ number, system }: Generation, { facts }: HostHistory): string | undefined {
  if (number === facts.generation || system === facts.profile) return "boot default";
  if (system === facts.current) return "current";
  if (system === facts.booted) return "booted";
  return undefined;
}

function rollbackNumber(history: HostHistory): number | undefined {
  try {
    return rollbackTarget(history, undefined, "").generation;
  } catch (error) {
    if (FlurryError.is(error)) return undefined;
    throw error;
  }
}
