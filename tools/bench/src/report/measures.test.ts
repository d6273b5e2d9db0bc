import { describe, expect, it } from "vitest";

import { showBytes, showRatio, showSeconds } from "./measures.ts";

describe("measures for people", () => {
  it("shows the median and its range", () => {
    expect(showSeconds({ median: 1523, min: 1490, max: 16_001 })).toBe("1.52 s (1.49–16.0)");
  });

  it.each([
    [1000, 3250, "3.25x"],
    [1000, 500, "0.50x"],
    [10, 1230, "123.0x"],
    [0, 5, "-"],
  ])("relates %d to %d", (first, second, text) => {
    expect(showRatio(first, second)).toBe(text);
  });

  it("shows memory in mebibytes", () => {
    expect(showBytes(327_155_712)).toBe("312 MiB");
  });
});
