import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import type { ProfileState } from "../profiles/profile-job.ts";
import type { Generation, HostHistory } from "./host-history.ts";

/** Where to go back to: a generation's number, or a system; the last confirmed one before the current when absent. */
export type RollbackWish = number | StorePath | undefined;

/** A system that a host can go back to. */
export interface RollbackTarget {
  readonly system: StorePath;
  /** The generation that it is; undefined for a system that is none any more. */
  readonly generation?: number;
}

/**
 * Chooses what a host goes back to.
 *
 * Without a wish: a host that runs a system which was never made its boot default goes back to its boot default; any
 * other to the generation before the current one that has another system, was confirmed, and is still in its store.
 *
 * @throws FlurryError FLURRY_GENERATION_NOT_FOUND, FLURRY_GENERATION_GONE
 */
export function rollbackTarget(history: HostHistory, wish: RollbackWish, host: string): RollbackTarget {
  if (wish === undefined) return previousOf(history, host);
  if (typeof wish === "number") return numbered(wish, history.generations, host);
  return named(wish, history.generations);
}

function named(wish: StorePath, generations: readonly Generation[]): RollbackTarget {
  const known = generations.findLast(({ system }) => system === wish);
  return { system: wish, ...(known === undefined ? {} : { generation: known.number }) };
}

/**
 * Refuses a target whose closure is not whole on the host.
 *
 * @throws FlurryError FLURRY_GENERATION_GONE with what is lacking
 */
export function requireWhole({ system, generation }: RollbackTarget, { lacking }: HostHistory, host: string): void {
  if (lacking.length === 0) return;
  const what = generation === undefined ? system : `generation ${generation} (${system})`;
  throw new FlurryError("FLURRY_GENERATION_GONE", `${what} is not in the host's store any more`, {
    host,
    details: lacking.map((path) => `lacking: ${path}`).join("\n"),
    hint: "Deploy the revision of the repository that it was built from instead; nothing was changed.",
  });
}

function previousOf({ facts, generations }: HostHistory, host: string): RollbackTarget {
  const { current, profile, generation: now } = facts;
  if (profile !== undefined && profile !== current && now !== undefined) return { system: profile, generation: now };
  return before({ path: current, generation: now ?? 0 }, generations, { host, what: "the system" });
}

/**
 * Chooses what a profile beside the system goes back to: the last generation before its current one that has another
 * package, was not given up by a run, and is still in the store; or the one that is named.
 *
 * @throws FlurryError FLURRY_GENERATION_NOT_FOUND, FLURRY_GENERATION_GONE
 */
export function profileTarget(
  name: string,
  { facts, profiles }: Pick<HostHistory, "facts" | "profiles">,
  { wish, host }: { readonly wish: RollbackWish; readonly host: string },
): ProfileState {
  const generations = profiles.get(name) ?? [];
  const { system: path, generation } = ((): RollbackTarget => {
    if (typeof wish === "number") return numbered(wish, generations, host);
    if (wish !== undefined) return named(wish, generations);
    const now = facts.profiles?.get(name);
    const current = { path: now?.path, generation: now?.generation ?? 0 };
    return before(current, generations, { host, what: `the package of ${name}` });
  })();
  return { path, ...(generation === undefined ? {} : { generation }) };
}

function before(
  now: { readonly path: StorePath | undefined; readonly generation: number },
  generations: readonly Generation[],
  { host, what }: { readonly host: string; readonly what: string },
): RollbackTarget {
  const earlier = generations.filter(({ number, system }) => number < now.generation && system !== now.path);
  const good = earlier.filter(wasConfirmed);
  const target = good.findLast(({ isPresent }) => isPresent);
  if (target !== undefined) return { system: target.system, generation: target.number };
  const gone = good.at(-1);
  if (gone !== undefined)
    throw new FlurryError("FLURRY_GENERATION_GONE", `${what} of generation ${gone.number} is gone: ${gone.system}`, {
      host,
      hint: "Deploy the revision of the repository that it was built from instead.",
    });
  throw new FlurryError("FLURRY_GENERATION_NOT_FOUND", "there is no confirmed generation before the current one", {
    host,
    hint: `${known(generations)}. Name one with --to.`,
  });
}

/** A generation that a run made and then gave up again is still there, but it is nothing to go back to. */
function wasConfirmed({ lastVerdict }: Generation): boolean {
  return lastVerdict === undefined || lastVerdict === "committed" || lastVerdict === "kept";
}

function numbered(wish: number, generations: readonly Generation[], host: string): RollbackTarget {
  const found = generations.find(({ number }) => number === wish);
  if (found === undefined)
    throw new FlurryError("FLURRY_GENERATION_NOT_FOUND", `there is no generation ${wish}`, {
      host,
      hint: `${known(generations)}.`,
    });
  return { system: found.system, generation: found.number };
}

function known(generations: readonly Generation[]): string {
  const numbers = generations.map(({ number }) => number).join(", ");
  return numbers === "" ? "The host keeps no generation" : `The host keeps ${numbers}`;
}
