import { describe, expect, it } from "vitest";

import { markPrefix, parseMark } from "./mark.ts";

describe("parseMark", () => {
  it.each([
    [`trace: ${markPrefix}["input","nix pkgs"]`, { kind: "input", name: "nix pkgs" }],
    [`trace: ${markPrefix}["self","rev"]`, { kind: "self", name: "rev" }],
    [`trace: ${markPrefix}["names",""]`, { kind: "names", name: "" }],
    [`trace: ${markPrefix}["other","x"]`, undefined],
    [`trace: ${markPrefix}{`, undefined],
    [`${markPrefix}["input","x"]`, undefined],
    ["trace: evaluation warning: old option", undefined],
  ])("reads %s", (text, expected) => {
    expect(parseMark(text)).toEqual(expected);
  });
});
