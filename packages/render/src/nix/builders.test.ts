import { describe, expect, it } from "vitest";

import { attrSet, bind, inherit, letIn, select, string, variable } from "./builders.ts";
import { formals, lambda } from "./functions.ts";
import { path, searchPath } from "./paths.ts";
import { printNix } from "./print.ts";

describe("builders", () => {
  it.each<readonly [string, () => unknown]>([
    ["a variable that is a keyword", () => variable("let")],
    ["a variable with a blank", () => variable("a b")],
    ["an attribute path without steps", () => select(variable("a"), [])],
    ["an attribute that is there twice", () => attrSet([bind(["a", "b"], 1), bind(["a", "b"], 2)])],
    ["an attribute that is inherited and bound", () => attrSet([bind("a", 1), inherit(["a"])])],
    ["a computed variable", () => letIn([bind(variable("a"), 1)], 1)],
    ["a parameter with a dash in front", () => lambda("-x", 1)],
    ["a parameter that is there twice", () => formals(["a", "a"])],
    ["an alias that is a parameter", () => formals(["a"], { alias: "a" })],
    ["a path that begins nowhere", () => path("hosts/nas")],
    ["an empty path", () => path("")],
    ["a search path with a blank", () => searchPath("a b")],
  ])("refuse %s", (_, build) => {
    expect(build).toThrow(expect.objectContaining({ code: "FLURRY_NIX_SYNTAX_INVALID" }));
  });

  it("refuse texts that Nix cannot hold", () => {
    for (const build of [() => string("\0"), () => bind("\0", 1), () => inherit(["\0"]), () => path("./\0")]) {
      expect(build).toThrow(expect.objectContaining({ code: "FLURRY_NIX_VALUE_INVALID" }));
    }
  });

  it("join texts, so that a dollar sign at the end of one is no interpolation", () => {
    expect(printNix(string("a$", "{b}"))).toBe('"a\\${b}"\n');
  });

  it.each([
    ["./a/", "./a"],
    ["/", "/."],
    ["..", "../."],
    ["./a//b", './. + "/a//b"'],
    ["/etc/é", '/. + "/etc/é"'],
  ])("write the path %s", (text, code) => expect(printNix(path(text))).toBe(`${code}\n`));
});
