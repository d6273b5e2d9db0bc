import pLimit from "p-limit";

/** Does something for each item, at most `limit` at a time. Rejects with the first failure after all have ended. */
export async function eachHost<T>(
  items: readonly T[],
  limit: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const limited = pLimit(Math.max(1, limit));
  const results = await Promise.allSettled(items.map((item) => limited(() => action(item))));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
