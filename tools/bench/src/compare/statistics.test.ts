import { describe, expect, it } from "vitest";

import { summarize } from "./statistics.ts";

describe("summarize", () => {
  it.each([
    [[3], { median: 3, min: 3, max: 3 }],
    [[10, 2], { median: 6, min: 2, max: 10 }],
    [[9, 1, 5], { median: 5, min: 1, max: 9 }],
    [[4, 100, 1, 2], { median: 3, min: 1, max: 100 }],
  ])("takes the median, least and most of %j", (values, summary) => {
    expect(summarize(values)).toEqual(summary);
  });

  it("has no answer for nothing", () => {
    expect(() => summarize([])).toThrow(RangeError);
  });
});
