import { FlurryError } from "@flurry/core";

import type { Generation, HostHistory } from "../rollback/host-history.ts";
import { profilesWith } from "../rollback/profiles-then.ts";
import { profileTarget, rollbackTarget } from "../rollback/rollback-target.ts";

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
  /** The system, or the package of the profile. */
  readonly system: string;
  /** Seconds since the epoch. */
  readonly madeAt: number;
  readonly fate: "keep" | "delete";
  /** Why it stays: `current`, `booted`, `boot default`, `to roll back to`, `newest`, `young`; or `gone`: its system is not there any more. */
  readonly why?: string;
}

/** What is to become of one generation of a profile beside the system. */
export interface ProfileGenerationFate extends GenerationFate {
  readonly profile: string;
}

/**
 * Says what a policy means for the generations of a host. Never deleted are the generation that the host boots, those of
 * the systems that it runs and has booted, and the confirmed one that `flurry rollback` would go back to.
 *
 * @param now - milliseconds since the epoch, by the host's clock as far as it is known
 */
export function chooseGenerations(history: HostHistory, policy: KeepPolicy, now: number): readonly GenerationFate[] {
  const back = orNone(() => rollbackTarget(history, undefined, ""));
  return fates(history.generations, { policy, now }, (generation) =>
    generation.number === back?.generation
      ? (neededAs(generation, history) ?? "to roll back to")
      : neededAs(generation, history),
  );
}

/**
 * The same for the generations of the host's profiles beside its system. Never deleted are the one that a profile is, the
 * one that it would go back to alone, and the one that it would go back to with the system.
 */
export function chooseProfileGenerations(
  history: HostHistory,
  policy: KeepPolicy,
  now: number,
): readonly ProfileGenerationFate[] {
  const target = orNone(() => rollbackTarget(history, undefined, ""));
  const withSystem = target === undefined ? [] : (profilesWith(target.system, history)?.jobs ?? []);
  return [...history.profiles].flatMap(([name, generations]) => {
    const state = history.facts.profiles?.get(name);
    const alone = orNone(() => profileTarget(name, history, { wish: undefined, host: "" }));
    const jobs = withSystem.filter(({ profile }) => profile.name === name);
    const back = new Set([alone?.path, ...jobs.map(({ candidate }) => candidate)]);
    const needed = ({ number, system }: Generation): string | undefined => {
      if (number === state?.generation || system === state?.path) return "current";
      return back.has(system) ? "to roll back to" : undefined;
    };
    return fates(generations, { policy, now }, needed).map((fate) => ({ profile: name, ...fate }));
  });
}

function fates(
  generations: readonly Generation[],
  { policy, now }: { readonly policy: KeepPolicy; readonly now: number },
  neededAs: (generation: Generation) => string | undefined,
): readonly GenerationFate[] {
  const present = generations.filter(({ isPresent }) => isPresent);
  const newest = new Set(present.slice(-policy.keep).map(({ number }) => number));
  return generations.map((generation): GenerationFate => {
    const { number, system, madeAt } = generation;
    const known = { number, system, madeAt };
    const needed = neededAs(generation);
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

function orNone<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (FlurryError.is(error)) return undefined;
    throw error;
  }
}
