import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { compareWithNix } from "../src/differential.ts";

describe("the evaluation cache", () => {
  it("never gives a stale answer that is not marked as unverified", async () => {
    await using temp = await tempDir("flurry-soundness");
    const nix = process.env["FLURRY_TEST_NIX"];
    const report = await compareWithNix({
      // `npm run test:soundness` does the same with many more edits and another seed each time.
      seed: 4,
      edits: 12,
      verifyEach: 6,
      root: temp.path,
      ...(nix === undefined ? {} : { nix }),
      env: {
        PATH: process.env["PATH"],
        HOME: `${temp.path}/home`,
        NIX_CONFIG: "substituters =\nbuild-users-group =\nsandbox = false",
      },
      say: () => {},
    });
    expect(report.differences.filter(({ excused }) => !excused)).toEqual([]);
    expect(report.hits).toBeGreaterThan(report.evaluations / 2);
    // What leaves no trace is found by the proof, and nothing else is refused one.
    expect([...new Set(report.unproven)].sort()).toEqual([
      "leakThroughDerivation",
      "pathHash",
      "pathLetters",
      "pathPart",
    ]);
  }, 300_000);
});
