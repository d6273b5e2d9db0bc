import { describe, expect, it } from "vitest";

import { printNix } from "./print.ts";
import { toNix } from "./to-nix.ts";
import type { NixData } from "./to-nix.ts";

const cycle: Record<string, NixData> = { a: [] };
cycle["b"] = [cycle];

function nested(levels: number): NixData {
  let value: NixData = 0;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

describe("toNix", () => {
  it.each<readonly [unknown, RegExp]>([
    [Number.NaN, /the value is NaN/],
    [{ a: [1, -Infinity] }, /the value at \.a\[1\] is -Infinity/],
    [[2n ** 63n], /\[0\] is 9223372036854775808, which does not fit/],
    [{ "a b": "x\0" }, /\["a b"\] has a null character/],
    ["\ud800", /half of a surrogate pair/],
    [{ "\udc00": 1 }, /a name in the value has half/],
    [{ f: () => 1 }, /\.f is a function/],
    [Symbol("x"), /is a symbol/],
    [undefined, /the value is undefined/],
    [[1, undefined], /\[1\] is undefined/],
    // oxlint-disable-next-line no-sparse-arrays -- what is tested
    [[1, , 2], /\[1\] is undefined/],
    [new Date(0), /class Date/],
    [{ m: new Map() }, /\.m is an object of the class Map/],
    [cycle, /\.b\[0\] contains itself/],
    [nested(2000), /nested more than 500 levels/],
  ])("refuses %#", (value, message) => {
    expect(() => toNix(value as NixData)).toThrow(
      expect.objectContaining({ code: "FLURRY_NIX_VALUE_INVALID", message: expect.stringMatching(message) }),
    );
  });

  it("leaves out what is undefined in an object, and takes the same value twice", () => {
    const shared = [1];
    expect(printNix({ a: undefined, b: shared, c: shared })).toBe("{\n  b = [ 1 ];\n  c = [ 1 ];\n}\n");
    expect(printNix(Object.assign(Object.create(null), { kind: "list", items: [] }))).toContain('kind = "list"');
  });

  it.each<readonly [number | bigint, string]>([
    [0, "0"],
    [-0, "0"],
    [1.5, "1.5"],
    [1e21, "1.0e+21"],
    [1e-7, "1.0e-7"],
    [2n ** 63n - 1n, "9223372036854775807"],
    [-(2n ** 63n), "-9223372036854775807 - 1"],
    [5e-324, 'builtins.fromJSON "5e-324"'],
  ])("writes the number %s", (value, text) => expect(printNix(value)).toBe(`${text}\n`));

  it.each([
    ["a\nb", "''\n  a\n  b''"],
    ["  a\n  b", '"  a\\n  b"'],
    ["a \nb", '"a \\nb"'],
    ["a\n\tb", '"a\\n\\tb"'],
    ["a\r\nb", '"a\\r\\nb"'],
    ["a\nb'", '"a\\nb\'"'],
    ["\n", '"\\n"'],
  ])("writes %j on several lines only where that changes nothing", (value, text) => {
    expect(printNix(value)).toBe(`${text}\n`);
  });
});
