import { describe, expect, it } from "vitest";

import {
  apply,
  assertThat,
  attrSet,
  bind,
  blank,
  comment,
  commented,
  hasAttr,
  ifElse,
  importFile,
  indentedString,
  inherit,
  letIn,
  list,
  negate,
  not,
  operator,
  ref,
  select,
  string,
  variable,
  withScope,
} from "./builders.ts";
import { formals, lambda } from "./functions.ts";
import { path, searchPath } from "./paths.ts";
import { printNix } from "./print.ts";
import type { NixData } from "./to-nix.ts";

const long = (length: number): NixData => variable("a".repeat(length));
const [a, b, c] = [variable("a"), variable("b"), variable("c")];

/** What nixfmt 1.x leaves as it is, with the tree that it is printed from. */
const formatted: readonly (readonly [string, NixData, string])[] = [
  ["nothing", {}, "{ }"],
  ["one attribute", { a: 1 }, "{ a = 1; }"],
  ["two attributes", { a: 1, b: [] }, "{\n  a = 1;\n  b = [ ];\n}"],
  ["a set in a set", { a: { b: 1 } }, "{\n  a = {\n    b = 1;\n  };\n}"],
  ["one item", [1], "[ 1 ]"],
  ["two items", [1, { a: -1 }], "[\n  1\n  { a = -1; }\n]"],
  ["what needs parentheses in a list", [-1, apply(a, b)], "[\n  (-1)\n  (a b)\n]"],
  ["odd names", attrSet([bind(["a b", "if", "é"], 1)]), '{ "a b"."if"."é" = 1; }'],
  ["a computed name", attrSet([bind([a, string("x", b)], 1)]), '{ ${a}.${"x${b}"} = 1; }'],
  [
    "inherit",
    attrSet([inherit(["a", "b c"]), inherit(["d"], { from: a })]),
    '{\n  inherit a "b c";\n  inherit (a) d;\n}',
  ],
  [
    "many inherited",
    attrSet([inherit(["a", "b", "c", "d"], { from: ref("lib") })]),
    "{\n  inherit (lib)\n    a\n    b\n    c\n    d\n    ;\n}",
  ],
  [
    "comments and empty lines",
    commented(
      "whole\nfile",
      attrSet([bind("a", 1, { comment: "one" }), blank, comment("two"), bind("b", commented("why", 2))]),
    ),
    "# whole\n# file\n{\n  # one\n  a = 1;\n\n  # two\n  b =\n    # why\n    2;\n}",
  ],
  ["a comment in a list", list([commented("x", 1), 2]), "[\n  # x\n  1\n  2\n]"],
  ["lines of text", { a: "x\ny\n" }, "{\n  a = ''\n    x\n    y\n  '';\n}"],
  ["escapes in lines of text", ["$x\n''a ${\n"], "[\n  ''\n    $x\n    '''a ''${\n  ''\n]"],
  ["interpolation", string("a ", b, ' "', select(a, ["b c"]), "$", c), '"a ${b} \\"${a."b c"}\\$${c}"'],
  ["indented interpolation", indentedString("a ", b, "\n", c), "''\n  a ${b}\n  ${c}''"],
  [
    "paths",
    [path("./a"), path("../b c"), path("."), searchPath("nixpkgs")],
    '[\n  ./a\n  (../. + "/b c")\n  ./.\n  <nixpkgs>\n]',
  ],
  ["a short function", lambda("x", variable("x")), "x: x"],
  ["two parameters", lambda(formals(["pkgs"], { ellipsis: true }), lambda("x", a)), "{ pkgs, ... }: x: a"],
  [
    "many parameters",
    lambda(formals(["a", "b", { name: "c", fallback: [1, 2] }], { alias: "all" }), { x: a }),
    "{\n  a,\n  b,\n  c ? [\n    1\n    2\n  ],\n}@all:\n{\n  x = a;\n}",
  ],
  ["an absorbed body", { f: lambda("x", lambda("y", [1, 2])) }, "{\n  f = x: y: [\n    1\n    2\n  ];\n}"],
  ["let", letIn({ a: 1 }, lambda("x", letIn({ b: 2 }, b))), "let\n  a = 1;\nin\nx:\nlet\n  b = 2;\nin\nb"],
  ["let behind a name", { x: letIn({ a: 1 }, a) }, "{\n  x =\n    let\n      a = 1;\n    in\n    a;\n}"],
  [
    "with",
    { x: withScope(a, [1, 2]), y: withScope(a, b) },
    "{\n  x = with a; [\n    1\n    2\n  ];\n  y = with a; b;\n}",
  ],
  ["with a set", { x: withScope(a, { y: 1 }) }, "{\n  x = with a; {\n    y = 1;\n  };\n}"],
  ["assert", assertThat(hasAttr(a, "b"), a), "assert a ? b;\na"],
  ["if on a line", ifElse(a, b, c), "if a then b else c"],
  ["else if", ifElse(a, 1, ifElse(b, 2, 3)), "if a then\n  1\nelse if b then\n  2\nelse\n  3"],
  [
    "if behind a name",
    { x: ifElse(a, { b: 1, c: 2 }, {}) },
    "{\n  x =\n    if a then\n      {\n        b = 1;\n        c = 2;\n      }\n    else\n      { };\n}",
  ],
  ["a call", apply(ref("lib", "mkIf"), ref("cfg", "enable"), { a: 1 }), "lib.mkIf cfg.enable { a = 1; }"],
  [
    "a call with a set",
    { x: apply(ref("lib", "mkIf"), a, { a: 1, b: 2 }) },
    "{\n  x = lib.mkIf a {\n    a = 1;\n    b = 2;\n  };\n}",
  ],
  ["a call with a function", apply(a, lambda("x", { a: 1, b: 2 })), "a (x: {\n  a = 1;\n  b = 2;\n})"],
  [
    "a call with two sets",
    apply(a, { a: 1, b: 2 }, { c: 1, d: 2 }),
    "a\n  {\n    a = 1;\n    b = 2;\n  }\n  {\n    c = 1;\n    d = 2;\n  }",
  ],
  ["a call with lists", apply(a, ["x", "y"], ["z"]), 'a [ "x" "y" ] [ "z" ]'],
  ["a long call", apply(a, long(40), "x", long(60)), `a ${"a".repeat(40)} "x"\n  ${"a".repeat(60)}`],
  [
    "a long call behind a name",
    { name: apply(a, long(50), apply(b, long(50))) },
    `{\n  name = a ${"a".repeat(50)} (\n    b ${"a".repeat(50)}\n  );\n}`,
  ],
  ["an import", importFile(path("./x.nix")), "import ./x.nix"],
  ["precedence", operator("*", operator("+", 1, 2), operator("-", 3, operator("-", 4, 5))), "(1 + 2) * (3 - (4 - 5))"],
  ["right association", operator("++", a, operator("++", b, c)), "a ++ b ++ c"],
  ["left association", operator("->", operator("->", a, b), c), "(a -> b) -> c"],
  ["no association", operator("==", operator("==", a, b), c), "(a == b) == c"],
  ["unary operators", not(operator("&&", not(a), operator("==", negate(b), -1))), "!(!a && -b == -1)"],
  [
    "has-attr",
    operator("&&", hasAttr(a, ["b", "c d"]), not(hasAttr(operator("//", a, b), "x"))),
    'a ? b."c d" && !(a // b) ? x',
  ],
  ["or", select(a, "b", { fallback: select(b, "c", { fallback: apply(a, b) }) }), "a.b or (b.c or (a b))"],
  [
    "select from a path and a call",
    list([select(path("./a"), "b"), select(apply(a, b), "c")]),
    "[\n  (./a).b\n  (a b).c\n]",
  ],
  ["// with a set", { x: operator("//", a, { b: 1, c: 2 }) }, "{\n  x = a // {\n    b = 1;\n    c = 2;\n  };\n}"],
  ["++ from a list on", { x: operator("++", [1, 2], a) }, "{\n  x = [\n    1\n    2\n  ]\n  ++ a;\n}"],
  [
    "a long chain",
    { x: operator("&&", operator("&&", long(50), long(50)), operator("||", a, b)) },
    `{\n  x =\n    ${"a".repeat(50)}\n    && ${"a".repeat(50)}\n    && (a || b);\n}`,
  ],
  [
    "a long text",
    { name: "x".repeat(120) },
    `{ name = "${"x".repeat(120)}"; }`.replace("{ ", "{\n  ").replace(" }", "\n}"),
  ],
];

describe("printNix", () => {
  it.each(formatted)("%s", (_, tree, text) => {
    expect(printNix(tree)).toBe(`${text}\n`);
  });

  it("takes no exponential time for deep trees, and refuses those that no parser would take", () => {
    const deep = (levels: number): NixData => {
      let tree: NixData = a;
      for (let level = 0; level < levels; level += 1) tree = attrSet([bind("x", apply(b, list([tree, c])))]);
      return tree;
    };
    expect(printNix(deep(100)).split("\n").length).toBeGreaterThan(400);
    expect(() => printNix(deep(50_000))).toThrow(expect.objectContaining({ code: "FLURRY_NIX_SYNTAX_INVALID" }));
  });
});
