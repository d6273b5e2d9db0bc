import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Random } from "./random.ts";

describe("Random", () => {
  it("gives the same numbers for the same seed, all within bounds", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 1000 }), (seed, end) => {
        const draw = (): readonly number[] => {
          const random = new Random(seed);
          return Array.from({ length: 20 }, () => random.below(end));
        };
        expect(draw()).toEqual(draw());
        for (const number of draw()) expect(number >= 0 && number < end).toBe(true);
      }),
    );
  });

  it("has no use for nothing", () => {
    expect(() => new Random(1).pick([])).toThrow(RangeError);
  });
});
