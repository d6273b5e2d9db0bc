import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { eachAfterNeeded } from "./after-needed.ts";

interface Item {
  readonly name: string;
  readonly needs: readonly string[];
}

/** Runs items whose work takes a few turns of the event loop each, and tells what happened in which order. */
async function run(items: readonly Item[], limit: number): Promise<readonly string[]> {
  const log: string[] = [];
  const order = { limit, nameOf: ({ name }: Item) => name, needsOf: ({ needs }: Item) => needs };
  await eachAfterNeeded(items, order, async ({ name }) => {
    log.push(`+${name}`);
    for (let turn = 0; turn < name.length + 1; turn++) await Promise.resolve();
    log.push(`-${name}`);
  });
  return log;
}

describe("eachAfterNeeded", () => {
  const item = fc.record({
    name: fc.stringMatching(/^[a-e]{1,3}$/),
    needs: fc.array(fc.stringMatching(/^[a-f]{1,3}$/)),
  });
  const items = fc.uniqueArray(item, { selector: ({ name }) => name, maxLength: 10 });

  it("does each once, never more than the limit at a time, circles or not", async () => {
    await fc.assert(
      fc.asyncProperty(items, fc.integer({ min: 1, max: 4 }), async (all, limit) => {
        const log = await run(all, limit);
        expect(log.filter((line) => line.startsWith("+")).sort()).toEqual(all.map(({ name }) => `+${name}`).sort());
        let running = 0;
        for (const line of log) {
          running += line.startsWith("+") ? 1 : -1;
          expect(running).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it("begins nothing before what it needs is over", async () => {
    await fc.assert(
      fc.asyncProperty(items, fc.integer({ min: 1, max: 4 }), async (all, limit) => {
        // Only needs on names that sort before: there is no circle.
        const straight = all.map(({ name, needs }) => ({ name, needs: needs.filter((need) => need < name) }));
        const log = await run(straight, limit);
        const late = straight.flatMap(({ name, needs }) =>
          needs.filter((need) => log.includes(`-${need}`) && log.indexOf(`-${need}`) > log.indexOf(`+${name}`)),
        );
        expect(late).toEqual([]);
      }),
    );
  });

  it("goes on after a failure and tells it in the end", async () => {
    const seen: string[] = [];
    const all = [{ name: "a" }, { name: "b" }];
    const order = { limit: 1, nameOf: (one: { name: string }) => one.name, needsOf: () => ["a"] };
    const work = eachAfterNeeded(all, order, async ({ name }) => {
      seen.push(name);
      if (name === "a") throw new Error("no");
    });
    await expect(work).rejects.toThrow("no");
    expect(seen).toEqual(["a", "b"]);
  });
});
