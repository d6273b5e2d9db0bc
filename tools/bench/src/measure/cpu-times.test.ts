import { describe, expect, it } from "vitest";

import { parseChildTimes } from "./cpu-times.ts";

describe("parseChildTimes", () => {
  it.each([
    ["0m0.000000s 0m0.010000s\n0m0.230000s 0m0.020000s\n", { userMs: 230, systemMs: 20 }],
    ["0m0.003s 0m0.001s\n2m1.500s 0m0.250s\n", { userMs: 121_500, systemMs: 250 }],
    ["0m0,003s 0m0,001s\n0m1,500s 1m0,250s\n", { userMs: 1500, systemMs: 60_250 }],
  ])("reads %j", (text, times) => {
    expect(parseChildTimes(text)).toEqual(times);
  });

  it.each(["", "0m0.0s 0m0.0s", "0m0.0s 0m0.0s\nnothing here\n"])("refuses %j", (text) => {
    expect(() => parseChildTimes(text)).toThrow("printed no times");
  });
});
