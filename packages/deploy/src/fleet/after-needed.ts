import pLimit from "p-limit";

/** How things follow each other; see {@link eachAfterNeeded}. */
export interface Order<T> {
  /** How many at a time. */
  readonly limit: number;
  readonly nameOf: (item: T) => string;
  /** The names of what has to be over before it begins; names that are not among the items do not matter. */
  readonly needsOf: (item: T) => readonly string[];
}

/**
 * Does something for each item, and for none before what it needs is over, well or not. Whoever waits for others keeps
 * nobody from beginning. Items that need each other in a circle do not wait for each other. Rejects with the first failure
 * after all have ended.
 */
export async function eachAfterNeeded<T>(
  items: readonly T[],
  { limit, nameOf, needsOf }: Order<T>,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const limited = pLimit(Math.max(1, limit));
  const byName = new Map(items.map((item) => [nameOf(item), item]));
  const begun = new Map<string, Promise<void>>();
  const begin = (item: T): Promise<void> => {
    const name = nameOf(item);
    const known = begun.get(name);
    if (known !== undefined) return known;
    // Who comes back here while the needs are begun stands in a circle with this one.
    begun.set(name, Promise.resolve());
    const needed = needsOf(item).flatMap((need) => {
      const found = byName.get(need);
      return found === undefined ? [] : [begin(found)];
    });
    const running = Promise.allSettled(needed).then(() => limited(() => action(item)));
    begun.set(name, running);
    return running;
  };
  const results = await Promise.allSettled(items.map(begin));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
