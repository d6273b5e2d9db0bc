import { describe, expect, it } from "vitest";

import { seededRandom, seedOfRound } from "./random.ts";

describe("random choices", () => {
  it("are the same for the same seed, and others for another", () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 20 }, () => random.int(0, 1000));
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it("reach both ends of a range and nothing beyond", () => {
    const random = seededRandom(1);
    const seen = new Set(Array.from({ length: 500 }, () => random.int(3, 6)));
    expect([...seen].sort((a, b) => a - b)).toEqual([3, 4, 5, 6]);
  });

  it("choose at least one of some", () => {
    const random = seededRandom(1);
    expect(random.some(["a", "b"], 0)).toEqual(["a"]);
    expect(random.some(["a", "b"], 1)).toEqual(["a", "b"]);
  });

  it("give each round a seed of its own", () => {
    const seeds = new Set(Array.from({ length: 1000 }, (_, round) => seedOfRound(42, round)));
    expect(seeds.size).toBe(1000);
  });
});
