import { describe, expect, it } from "vitest";

import { benchArguments } from "./bench-arguments.ts";

describe("benchArguments", () => {
  it("reads what to deploy", () => {
    expect(benchArguments(["deploy", "--hosts", "3,10", "--runs", "2", "--mib", "0"])).toEqual({
      kind: "deploy",
      hosts: [3, 10],
      runs: 2,
      mib: 0,
      contenders: ["flurry", "by-hand"],
      output: undefined,
    });
  });

  it("reads command lines", () => {
    expect(benchArguments(["commands", "sleep 1", "true", "--output", "x.json"])).toEqual({
      kind: "commands",
      runs: 5,
      commands: ["sleep 1", "true"],
      output: "x.json",
    });
  });

  it.each([[[]], [["--help"]], [["deploy", "-h"]]])("shows its help for %j", (words) => {
    expect(benchArguments(words)).toEqual({ kind: "help" });
  });

  it.each([
    [["fly"], "nothing to measure"],
    [["deploy", "nas"], "takes no"],
    [["deploy", "--hosts", "0"], "--hosts"],
    [["deploy", "--hosts", "3,"], "--hosts"],
    [["deploy", "--runs", "many"], "--runs"],
    [["deploy", "--fast"], "--fast"],
    [["commands"], "no command"],
  ])("refuses %j", (words, message) => {
    expect(() => benchArguments(words)).toThrow(message);
  });
});
