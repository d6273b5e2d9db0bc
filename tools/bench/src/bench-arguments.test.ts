import { describe, expect, it } from "vitest";

import { benchArguments } from "./bench-arguments.ts";

describe("benchArguments", () => {
  it("reads what to deploy", () => {
    expect(benchArguments(["deploy", "--hosts", "3,10", "--runs", "2", "--mib", "0"])).toEqual({
      kind: "deploy",
      hosts: [3, 10],
      runs: 2,
      mib: 0,
      contenders: undefined,
      output: undefined,
    });
    expect(benchArguments(["deploy"])).toMatchObject({ hosts: [10, 30], runs: 3 });
    const named = benchArguments(["deploy", "--contenders", "flurry,colmena"]);
    expect(named).toMatchObject({ contenders: ["flurry", "colmena"] });
  });

  it("reads what to evaluate", () => {
    const nothing = {
      flake: undefined,
      host: undefined,
      hostFile: undefined,
      sharedFile: undefined,
      output: undefined,
    };
    expect(benchArguments(["eval"])).toEqual({ kind: "eval", hosts: 30, runs: 3, ...nothing });
    const files = ["--host", "nas", "--host-file", "nas.nix", "--shared-file", "common.nix"];
    expect(benchArguments(["eval", "--flake", ".", "--hosts", "4", ...files])).toMatchObject({
      hosts: 4,
      flake: ".",
      host: "nas",
      hostFile: "nas.nix",
      sharedFile: "common.nix",
    });
  });

  it("reads how many secrets to rekey", () => {
    expect(benchArguments(["secrets", "--files", "50", "--runs", "1"])).toEqual({
      kind: "secrets",
      files: 50,
      values: 20,
      recipients: 5,
      runs: 1,
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
    [["eval", "nas"], "takes no"],
    [["eval", "--hosts", "3,10"], "--hosts"],
    [["eval", "--host", "nas"], "--flake"],
    [["commands"], "no command"],
  ])("refuses %j", (words, message) => {
    expect(() => benchArguments(words)).toThrow(message);
  });
});
