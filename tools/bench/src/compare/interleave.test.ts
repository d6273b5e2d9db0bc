import { describe, expect, it } from "vitest";

import { orderOf } from "./interleave.ts";

describe("orderOf", () => {
  it("lets each contender begin in turn", () => {
    expect([0, 1, 2, 3].map((round) => orderOf(["a", "b", "c"], round).join(""))).toEqual(["abc", "bca", "cab", "abc"]);
  });

  it("leaves nobody out and nothing to say about nobody", () => {
    expect(orderOf([], 5)).toEqual([]);
    expect(orderOf(["a"], 7)).toEqual(["a"]);
  });
});
