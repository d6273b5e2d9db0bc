/** Random choices that are the same for the same seed. */
export interface Random {
  /** A number from 0 up to, but not including, 1. */
  readonly next: () => number;
  /** A whole number from `from` to `to`, both included. */
  readonly int: (from: number, to: number) => number;
  /** True with the given probability. */
  readonly chance: (probability: number) => boolean;
  /** One of the items. */
  readonly pick: <const T>(items: readonly [T, ...T[]]) => T;
  /** The items that a coin of the given probability chose, at least one if there is one. */
  readonly some: <T>(items: readonly T[], probability: number) => readonly T[];
}

/** Random choices by the generator mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (items) => items[int(0, items.length - 1)] ?? items[0],
    some: (items, probability) => {
      const chosen = items.filter(() => next() < probability);
      return chosen.length > 0 ? chosen : items.slice(0, 1);
    },
  };
}

/** The seed of a round: rounds can be repeated alone. */
export function seedOfRound(seed: number, round: number): number {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(round + 1, 0xc2b2ae35)) >>> 0;
}
