import { describe, expect, it } from "vitest";

import { readArgv } from "./argv.ts";

describe("readArgv", () => {
  it.each([
    [["deploy", "nas"], { command: "deploy", args: ["nas"], wants: "run" }],
    [["-C", "fleet", "--json", "deploy", "nas"], { command: "deploy", args: ["-C", "fleet", "--json", "nas"] }],
    [["--flake=.#nas", "deploy"], { command: "deploy", args: ["--flake=.#nas"] }],
    [
      ["exec", "nas", "--", "ls", "--help"],
      { command: "exec", args: ["nas"], afterDashes: ["ls", "--help"], wants: "run" },
    ],
    [["exec", "nas", "--"], { afterDashes: [] }],
    [["deploy", "--option", "cores", "2"], { args: ["--option", "cores=2"] }],
    [["deploy", "--option", "a", "b c=d", "nas"], { args: ["--option", "a=b c=d", "nas"] }],
    [["deploy", "--option", "a"], { args: ["--option", "a"] }],
    [["deploy", "--option=a=b"], { args: ["--option=a=b"] }],
    [[], { command: undefined, wants: "help" }],
    [["--help"], { command: undefined, wants: "help" }],
    [["-h"], { wants: "help" }],
    [["deploy", "-h"], { command: "deploy", wants: "help" }],
    [["help"], { command: undefined, wants: "help" }],
    [["help", "deploy"], { command: "deploy", wants: "help" }],
    [["--version"], { wants: "version" }],
    [["-v"], { command: undefined, wants: "run" }],
    [["-C"], { command: undefined, args: ["-C"], wants: "run" }],
    [["secrets", "get", "a.yaml"], { command: "secrets", subcommand: "get", args: ["get", "a.yaml"], wants: "run" }],
    [
      ["-C", "fleet", "secrets", "-i", "key", "--json", "get", "a.yaml"],
      { command: "secrets", subcommand: "get", args: ["get", "-C", "fleet", "-i", "key", "--json", "a.yaml"] },
    ],
    [["secrets"], { command: "secrets", subcommand: undefined, wants: "help" }],
    [["help", "secrets", "get"], { command: "secrets", subcommand: "get", wants: "help" }],
    [["secrets", "exec-env", "a.yaml", "--", "x", "-h"], { subcommand: "exec-env", wants: "run" }],
    // Only the program has a version, no command does.
    [["deploy", "--version"], { command: "deploy", wants: "run" }],
  ])("cuts up %j", (words, expected) => {
    expect(readArgv(words)).toMatchObject(expected);
  });
});
