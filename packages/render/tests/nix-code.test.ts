import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { nix, printNix } from "../src/index.ts";
import { evaluateAll, evaluateFiles, parseAll } from "./nix-instantiate.ts";
import { data, name, pair, text } from "./random-nix.ts";

describe("code that real Nix reads", () => {
  it("is the value that went in, for random data", async () => {
    const values = fc.sample(data, 1200);
    expect(values.length).toBe(1200);
    const codes = values.map((value) => printNix(value));
    await parseAll(codes);
    expect(await evaluateAll(codes)).toEqual(values);
  });

  it("is the value of the tree, for random trees of every construct", async () => {
    const pairs = fc.sample(pair, 1500);
    const codes = pairs.map(({ code }) => printNix(code));
    await parseAll(codes);
    expect(await evaluateAll(codes)).toEqual(pairs.map(({ value }) => value));
    const together = codes.join("");
    for (const piece of ["let\n", "assert ", "with ", "rec {", " or ", "inherit (", "''\n", " ? ", "else if"]) {
      expect(together).toContain(piece);
    }
  });

  it("holds floats and the edges of integers to the last bit", async () => {
    const edges = [
      0.1,
      -0.5,
      1e21,
      1e-7,
      5e-324,
      -5e-324,
      2.2250738585072014e-308,
      Number.MAX_VALUE,
      2 ** 60,
      -0,
      2 ** 53 + 2,
      123456789.12345679,
    ];
    const values = [...edges, ...fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), 500)];
    const code = `
      let expected = builtins.fromJSON (builtins.readFile ./expected.json);
          actual = import ./actual.nix;
      in builtins.filter (i: builtins.elemAt expected i != builtins.elemAt actual i) (builtins.genList (i: i) ${values.length})`;
    const files = {
      "default.nix": code,
      "actual.nix": printNix(values),
      "expected.json": `[${values.map(exactJson).join(",")}]`,
    };
    expect(await evaluateFiles(files)).toEqual([]);
    const bounds = printNix([2n ** 63n - 1n, -(2n ** 63n)]);
    const difference = `let b = import ./actual.nix; in [ (builtins.elemAt b 0 - 9223372036854775807) (builtins.elemAt b 1 + 9223372036854775807) ]`;
    expect(await evaluateFiles({ "default.nix": difference, "actual.nix": bounds })).toEqual([0, -1]);
  });

  it("stays what it was in every hole of a template", async () => {
    const holes = fc.sample(fc.record({ key: name, inString: text, value: pair }), 400);
    const codes = holes.map(({ key, inString, value }) =>
      printNix({
        sets: nix`
          let
            set = {
              ${key} = ${value.code};
              nested.${key}.inner = "<$${inString}-\${toString 1}>$";
            };
          in
          # about ${JSON.stringify(key).replaceAll("*/", "")}
          {
            value = set.${key};
            inherit (set.nested.${key}) inner;
            lines = ''
              a ${inString}
              ${inString}
                $${inString}
            '';
            list = [ ${value.code} ${inString} ];
            nested = set ? ${key};
          }
        `,
      }),
    );
    await parseAll(codes);
    expect(await evaluateAll(codes)).toEqual(
      holes.map(({ inString, value }) => ({
        sets: {
          value: value.value,
          inner: `<$${inString}-1>$`,
          lines: `a ${inString}\n${inString}\n  $${inString}\n`,
          list: [value.value, inString],
          nested: true,
        },
      })),
    );
  });
});

/** JavaScript prints whole numbers above 2^53 with zeros in place of their last digits, and Nix reads those without a point as integers. */
function exactJson(value: number): string {
  if (!Number.isInteger(value)) return JSON.stringify(value);
  if (Math.abs(value) < 2 ** 63) return BigInt(value).toString();
  const text = JSON.stringify(value);
  return text.includes("e") ? text : `${text}.0`;
}
