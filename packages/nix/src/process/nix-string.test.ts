import { describe, expect, it } from "vitest";

import { nixFromJson, nixString } from "./nix-string.ts";

describe("nixString", () => {
  it.each([
    ["nas", '"nas"'],
    ['a "b"', '"a \\"b\\""'],
    ["back\\slash", '"back\\\\slash"'],
    ["${x} $x", '"\\${x} $x"'],
    ["$${x}", '"$\\${x}"'],
    ["a\nb\r", '"a\nb\\r"'],
  ])("writes %j as %s", (text, literal) => {
    expect(nixString(text)).toBe(literal);
  });

  it("carries data as JSON", () => {
    expect(nixFromJson({ a: ["${b}"] })).toBe(String.raw`builtins.fromJSON "{\"a\":[\"\${b}\"]}"`);
  });
});
