import { describe, expect, it } from "vitest";

import { chaosArguments } from "./chaos-arguments.ts";

describe("chaos on the command line", () => {
  it("has defaults", () => {
    expect(chaosArguments(["--rounds", "3"], 99)).toEqual({
      kind: "run",
      rounds: 3,
      from: 0,
      seed: 99,
      hosts: 3,
      fleets: 4,
      goOn: false,
      init: "mixed",
      report: undefined,
      stop: false,
      keep: false,
    });
  });

  it("repeats a seed", () => {
    expect(chaosArguments(["--rounds", "1", "--seed", "5", "--from", "7"], 99)).toMatchObject({ seed: 5, from: 7 });
  });

  it("without rounds shows the help", () => {
    expect(chaosArguments([], 1)).toEqual({ kind: "help" });
    expect(chaosArguments(["--help"], 1)).toEqual({ kind: "help" });
  });

  it.each([
    ["--rounds", "0"],
    ["--rounds", "x"],
    ["--rounds", "1", "--init", "openrc"],
    ["--round", "1"],
  ])("refuses %s %s", (...words) => {
    expect(() => chaosArguments(words, 1)).toThrow(expect.objectContaining({ code: "FLURRY_USAGE" }));
  });
});
