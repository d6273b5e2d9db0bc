import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { inCompletionOrder } from "./completion-order.ts";

describe("inCompletionOrder", () => {
  it("gives each result once, in the order in which they come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 8 }).chain((n) => fc.shuffledSubarray([...Array(n).keys()], { minLength: n })),
        async (order) => {
          const resolvers: ((value: number) => void)[] = [];
          const promises = order.map((_, index) => new Promise<number>((resolve) => (resolvers[index] = resolve)));
          const seen: number[] = [];
          const reading = (async () => {
            for await (const value of inCompletionOrder(promises)) seen.push(value);
          })();
          for (const index of order) {
            resolvers[index]?.(index);
            if (index % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
          }
          await reading;
          expect(seen).toEqual(order);
        },
      ),
    );
  });
});
