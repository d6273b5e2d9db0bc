import { setImmediate as nextTurn } from "node:timers/promises";

/** Items after which timers and signals get their turn; each takes well below a millisecond. */
const batch = 50;

/**
 * Does some short work for each item, one after the other, and lets everything else have a turn now and then. For calls
 * of the file system on small files: they are over sooner than a thread of the pool could be given them.
 */
export async function inTurn<T, R>(items: readonly T[], work: (item: T) => R): Promise<R[]> {
  const results: R[] = [];
  for (const [index, item] of items.entries()) {
    if (index % batch === batch - 1) await nextTurn();
    results.push(work(item));
  }
  return results;
}
