import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { compareVersions, newest } from "./version-order.ts";

/** Versions as they occur: numbers, words, dots and dashes. */
const version = fc
  .array(
    fc.oneof(fc.nat({ max: 30 }).map(String), fc.constantFrom("pre", "rc", "a", "b", "git", "unstable", ".", "-")),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(""));

describe("compareVersions", () => {
  // From Nix' own tests and manual.
  it.each([
    ["1.0", "2.3", -1],
    ["2.1", "2.3", -1],
    ["2.3", "2.3", 0],
    ["2.5", "2.3", 1],
    ["3.1", "2.3", 1],
    ["2.3.1", "2.3", 1],
    ["2.3.1", "2.3a", 1],
    ["2.3pre1", "2.3", -1],
    ["2.3pre3", "2.3pre12", -1],
    ["2.3a", "2.3c", -1],
    ["2.3pre1", "2.3c", -1],
    ["2.3pre1", "2.3q", -1],
    ["255.10", "255.9", 1],
    ["6.6.32-rt", "6.6.32", 1],
    ["20260101", "20251231", 1],
    ["20260102030405", "20251231235959", 1],
  ])("%s against %s", (a, b, expected) => {
    expect(Math.sign(compareVersions(a, b))).toBe(expected);
    expect(Math.sign(compareVersions(b, a))).toBe(expected === 0 ? 0 : -expected);
  });

  it("turns around", () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0);
      }),
    );
  });

  it("finds the newest wherever it stands", () => {
    expect(newest(["2.9", "2.10", "2.10pre1"])).toBe("2.10");
    expect(newest([])).toBeUndefined();
  });
});
