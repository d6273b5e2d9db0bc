import { describe, expect, it } from "vitest";

import { readSelection } from "./selection.ts";

const select = (words: readonly string[], flake?: string, stdin = "") =>
  readSelection({ words, flake, readStdin: async () => stdin });

describe("readSelection", () => {
  it.each([
    [[], undefined, { words: [] }],
    [["nas", "@edge"], undefined, { words: ["nas", "@edge"] }],
    [["."], undefined, { flake: ".", words: [] }],
    [[".#nas"], undefined, { flake: ".", words: ['"nas"'] }],
    [["#nas"], undefined, { flake: ".", words: ['"nas"'] }],
    [[".#nas.system"], undefined, { flake: ".", words: ['"nas"'], profiles: new Map([["nas", new Set(["system"])]]) }],
    [
      ['.#"nas.lan".system', '.#"nas.lan".notes', ".#gw"],
      undefined,
      {
        flake: ".",
        words: ['"nas.lan"', '"nas.lan"', '"gw"'],
        profiles: new Map([["nas.lan", new Set(["system", "notes"])]]),
      },
    ],
    [[".#nas.notes", ".#nas"], undefined, { flake: ".", words: ['"nas"', '"nas"'] }],
    [["github:o/r#nas", "github:o/r#gw"], undefined, { flake: "github:o/r", words: ['"nas"', '"gw"'] }],
    [["nas"], "./fleet", { flake: "./fleet", words: ["nas"] }],
    [[], "./fleet#nas", { flake: "./fleet", words: ['"nas"'] }],
    [[".#nas"], ".", { flake: ".", words: ['"nas"'] }],
    [[], "registry-name", { flake: "registry-name", words: [] }],
  ])("reads %j with --flake %s", async (words, flake, expected) => {
    expect(await select(words, flake)).toEqual(expected);
  });

  it("reads names from standard input as one term", async () => {
    expect(await select(["@edge", "and", "-"], undefined, "nas\ngateway\n")).toEqual({
      words: ["@edge", "and", "(nas gateway)"],
    });
  });

  it.each([
    [["-"], undefined, "FLURRY_NOTHING_SELECTED"],
    [[".#nas", "./other"], undefined, "FLURRY_USAGE"],
    [["."], "./other", "FLURRY_USAGE"],
    [[".#"], ".#nas.", "FLURRY_USAGE"],
  ])("refuses %j with --flake %s", async (words, flake, code) => {
    await expect(select(words, flake)).rejects.toMatchObject({ code });
  });
});
