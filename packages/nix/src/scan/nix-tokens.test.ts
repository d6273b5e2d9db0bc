import { readFileSync, readdirSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { nixTokens } from "./nix-tokens.ts";

/** Tokens without spaces, as `kind text`. */
function told(source: string): readonly string[] {
  return nixTokens(source)
    .filter(({ kind }) => kind !== "space")
    .map(({ kind, text }) => `${kind} ${text}`);
}

function identifiers(source: string): readonly string[] {
  return nixTokens(source).flatMap(({ kind, text }) => (kind === "identifier" ? [text] : []));
}

describe("nixTokens", () => {
  it.each<readonly [string, string, readonly string[]]>([
    ["names", "a.b-c' or_d", ["identifier a", "operator .", "identifier b-c'", "identifier or_d"]],
    ["numbers", "1 2.5 .5 1e3", ["number 1", "number 2.5", "number .5", "number 1e3"]],
    ["comments", "# <a>\n/* b */c", ["comment # <a>", "comment /* b */", "identifier c"]],
    ["a comment without an end", "a /* b", ["identifier a", "comment /* b"]],
    ["search paths", "<nixpkgs/lib> a<b", ["search-path <nixpkgs/lib>", "identifier a", "operator <", "identifier b"]],
    ["paths", "./a ../b/c.nix /etc ~/k a/b", ["path ./a", "path ../b/c.nix", "path /etc", "path ~/k", "path a/b"]],
    [
      "a path with an interpolation",
      "./hosts/${x}/a.nix",
      ["path ./hosts/", "interpolation ${", "identifier x", "operator }", "path /a.nix"],
    ],
    ["an update that is no path", "a//b", ["identifier a", "operator //", "identifier b"]],
    ["a URI", "https://x.org/a?b=c", ["uri https://x.org/a?b=c"]],
    ["a function that is no URI", "x: y", ["identifier x", "operator :", "identifier y"]],
    [
      "a string",
      '"a\\"${b}c"',
      ['quote "', 'text a\\"', "interpolation ${", "identifier b", "operator }", "text c", 'quote "'],
    ],
    ["dollars", '"$a $${b} \\${c} $"', ['quote "', "text $a $${b} \\${c} $", 'quote "']],
    [
      "strings in strings",
      '"${"${a}"}"',
      [
        'quote "',
        "interpolation ${",
        'quote "',
        "interpolation ${",
        "identifier a",
        "operator }",
        'quote "',
        "operator }",
        'quote "',
      ],
    ],
    [
      "sets in interpolations",
      '"${ { a = 1; }.a }b"',
      [
        'quote "',
        "interpolation ${",
        "operator {",
        "identifier a",
        "operator =",
        "number 1",
        "operator ;",
        "operator }",
        "operator .",
        "identifier a",
        "operator }",
        "text b",
        'quote "',
      ],
    ],
    [
      "an indented string",
      "''a ''${b} ''' ''\\n $${c} ${d}''",
      ["quote ''", "text a ''${b} ''' ''\\n $${c} ", "interpolation ${", "identifier d", "operator }", "quote ''"],
    ],
    ["a quote in an indented string", "''it's''", ["quote ''", "text it's", "quote ''"]],
    [
      "a name that is computed",
      "a.${b}",
      ["identifier a", "operator .", "interpolation ${", "identifier b", "operator }"],
    ],
    [
      "operators",
      "a -> b ++ c != d",
      ["identifier a", "operator ->", "identifier b", "operator ++", "identifier c", "operator !=", "identifier d"],
    ],
  ])("knows %s", (_, source, tokens) => expect(told(source)).toEqual(tokens));

  it("loses nothing of any text, and knows where it is", () => {
    const nixish = fc.array(
      fc.constantFrom(
        "''",
        '"',
        "${",
        "}",
        "{",
        "'",
        "$",
        "\\",
        "a",
        "/",
        ".",
        "#",
        "/*",
        "*/",
        "\n",
        "<x>",
        " ",
        "~",
        ":",
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      nixish.map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (source) => {
        const tokens = nixTokens(source);
        expect(tokens.map((token) => token.text).join("")).toBe(source);
        for (const { text: word, offset, line, column } of tokens) {
          expect(source.startsWith(word, offset)).toBe(true);
          const before = source.slice(0, offset).split("\n");
          expect([line, column]).toEqual([before.length, (before.at(-1)?.length ?? 0) + 1]);
        }
      }),
    );
  });

  it("finds a name in code however deep, and never in strings and comments", () => {
    const word = fc.constantFrom("x", "y = 1; z", "it's", "a # b", 'say \\"x\\"', "100 %");
    const wrap: fc.Arbitrary<(inner: string) => string> = fc.constantFrom<(inner: string) => string>(
      (inner) => `"text \${${inner}} text"`,
      (inner) => `''\n  text ''\${no} \${${inner}}\n''`,
      (inner) => `{ a = ${inner}; }`,
      (inner) => `./path/\${${inner}}/more`,
      (inner) => `(${inner}) # hidden\n`,
      (inner) => `[ "hidden" /* hidden " */ ${inner} ''hidden'' ]`,
    );
    fc.assert(
      fc.property(fc.array(wrap, { maxLength: 6 }), fc.array(word), (wraps, notes) => {
        const source = wraps.reduce((inner, each) => each(inner), "target");
        const noted = `${notes.map((note) => `# hidden ${note}\n`).join("")}${source}`;
        expect(identifiers(noted).filter((name) => name === "target")).toHaveLength(1);
        expect(identifiers(noted)).not.toContain("hidden");
      }),
    );
  });

  it("cuts up the Nix code of this repository", () => {
    const directory = new URL("../../../../fixtures/", import.meta.url);
    const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".nix"));
    expect(files.length).toBeGreaterThan(50);
    for (const file of files) {
      const source = readFileSync(new URL(file, directory), "utf8");
      const tokens = nixTokens(source);
      expect(tokens.map(({ text }) => text).join("")).toBe(source);
      // Every quote has its partner.
      expect(tokens.filter(({ kind }) => kind === "quote").length % 2).toBe(0);
    }
  });
});
