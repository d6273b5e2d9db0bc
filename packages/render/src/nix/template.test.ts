import { describe, expect, it } from "vitest";

import { apply, list, variable } from "./builders.ts";
import { printNix } from "./print.ts";
import { nix } from "./template.ts";

describe("nix", () => {
  it("keeps what is between the holes, without the indentation that all of it has", () => {
    const code = nix`
      { pkgs, ... }:
      {
        x = "\${pkgs.vim}";
      }
    `;
    expect(printNix(code)).toBe('{ pkgs, ... }:\n{\n  x = "${pkgs.vim}";\n}\n');
  });

  it.each([
    ["a value", nix`[ ${1} ${-1} ${'a"b'} ${null} ]`, '[ 1 (-1) "a\\"b" null ]'],
    ["a value that ends a binding", nix`{ x = ${apply(variable("f"), 1)}; }`, "{ x = f 1; }"],
    ["an argument", nix`f ${apply(variable("g"), 1)}`, "f (g 1)"],
    ["an attribute", nix`{ ${"a b"}.${"if"} = a.${"c d"} or ${"e"}; }`, '{ "a b"."if" = a."c d" or "e"; }'],
    ["a comparison", nix`${"a"} == ${"b"}`, '"a" == "b"'],
    ["inherited names", nix`{ inherit (${variable("x")}) ${"a"} ${"b c"}; }`, '{ inherit (x) a "b c"; }'],
    ["a parameter", nix`${"x"}: { ${"a"}, ${"b"} ? ${"c"} }: x`, 'x: { a, b ? "c" }: x'],
    ["text in a string", nix`"a ${'"${x}'} b"`, '"a \\"\\${x} b"'],
    ["a dollar sign before text", nix`"$${"{x}"}"`, '"\\${x}"'],
    ["an expression in a string", nix`"$${variable("x")}"`, '"\\$${x}"'],
    ["a number in a string", nix`"port ${80}"`, '"port ${"80"}"'],
    ["text in an indented string", nix`''a ${"b"} ${"'' ${c}"}''`, "''a b ${\"'' \\${c}\"}''"],
    ["a path", nix`./hosts/${"nas"}/${"my disk"}.nix`, './hosts/nas/${"my disk"}.nix'],
    ["a path with an expression", nix`./hosts/${variable("name")}`, "./hosts/${name}"],
    ["a division and an update", nix`a / ${2} // ${{ b: 1 }}`, "a / 2 // { b = 1; }"],
    [
      "a comment",
      nix`1 # ${"hello"}
      + 2`,
      "1 # hello\n+ 2",
    ],
    ["words side by side", nix`f${1}g`, "f 1 g"],
    [
      "a line break in a string",
      nix`{ x = "a
      b"; }`,
      '{ x = "a\\n      b"; }',
    ],
    ["Nix' own escapes", nix`"\\\${x} \n \\"`, '"\\\\${x} \\n \\\\"'],
    ["a name with quotes", nix`{ x'' = 1; }.x''`, "{ x'' = 1; }.x''"],
  ])("fills in %s", (_, code, text) => expect(printNix(code)).toBe(`${text}\n`));

  it("indents a value of several lines as the line that it is in", () => {
    const code = nix`
      {
        a = ${list([1, 2])};
      }
    `;
    expect(printNix({ outer: code })).toBe("{\n  outer = {\n    a = [\n      1\n      2\n    ];\n  };\n}\n");
  });

  it.each([
    ["an open string", () => nix`"a`],
    ["an open indented string", () => nix`''a`],
    ["a comment at the end", () => nix`a # b`],
    ["an open brace", () => nix`{ a = 1;`],
    ["a brace too many", () => nix`a }`],
    ["nothing", () => nix` `],
    ["a list in a string", () => nix`"${[1]}"`],
    [
      "a line break in a comment",
      () => nix`# ${"a\nb"}
      1`,
    ],
    ["the end of a comment in a comment", () => nix`/* ${"*/"} */ 1`],
    ["a parameter that is none", () => nix`${"a b"}: 1`],
    [
      "an indented string whose lines cannot be moved",
      () => nix`''a
      b''`,
    ],
  ])("refuses %s", (_, build) => {
    expect(build).toThrow(expect.objectContaining({ code: "FLURRY_NIX_SYNTAX_INVALID" }));
  });
});
