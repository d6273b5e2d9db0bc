import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { formatDuration, longestDurationMs, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  it.each([
    ["240s", 240_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1d2h3m4s", 93_784_000],
    ["90", 90_000],
    [90, 90_000],
    ["0s", 0],
    [0, 0],
  ])("%j is %d ms", (text, ms) => expect(parseDuration(text)).toEqual({ ok: true, ms }));

  it.each(["", " ", "s", "m5", "5x", "30m1h", "1h 30m", "-5s", "1.5h", "5S", "1e3", "8d", -1, 0.5, NaN, Infinity])(
    "%j is refused with a hint",
    (text) => expect(parseDuration(text)).toMatchObject({ ok: false, hint: expect.any(String) }),
  );

  it("reads what formatDuration writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: longestDurationMs / 1000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1000))).toEqual({ ok: true, ms: seconds * 1000 });
      }),
    );
  });
});
