import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { matchesGlob } from "./glob.ts";
import { matchSelector, selects } from "./match.ts";
import { parseSelector } from "./parse.ts";
import { printSelector } from "./print.ts";
import { selectHosts } from "./select-hosts.ts";
import type { Selector } from "./selector.ts";

const fleet = [
  { name: "nas", tags: ["storage"] },
  { name: "compute", tags: ["apps", "web"] },
  { name: "edge-1", tags: ["edge", "web"] },
  { name: "edge-2", tags: ["edge"] },
  { name: "and", tags: [] },
];

function chosen(...words: readonly string[]): readonly string[] {
  return selectHosts(fleet, words).map((host) => host.name);
}

const word = fc.constantFrom("nas", "compute", "edge-1", "edge-*", "e?ge-[12]", "*", "a.b_c", "[!x]*");
const leaf: fc.Arbitrary<Selector> = fc.oneof(
  word.map((pattern) => ({ kind: "host", pattern }) as const),
  fc.constantFrom("nas", "and", "edge-*").map((pattern) => ({ kind: "host", pattern, quoted: true }) as const),
  word.map((pattern) => ({ kind: "tag", pattern }) as const),
);
/** Trees as the parser makes them: no `and` directly in an `and`, no `or` directly in an `or`. */
const tree = fc.letrec<{ selector: Selector }>((tie) => {
  const several = (kind: "and" | "or"): fc.Arbitrary<Selector> =>
    fc
      .array(tie("selector"), { minLength: 2, maxLength: 3 })
      .map((operands) => ({ kind, operands: operands.flatMap((one) => (one.kind === kind ? one.operands : [one])) }));
  return {
    selector: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      tie("selector").map((operand) => ({ kind: "not", operand }) as const),
      several("and"),
      several("or"),
    ),
  };
}).selector;
const host = fc.record({
  name: fc.constantFrom("nas", "compute", "edge-1", "edge-2", "and", "a.b_c", "x"),
  tags: fc.array(fc.constantFrom("nas", "edge-1", "edge-3", "a.b_c", "x"), { maxLength: 3 }),
});

describe("selectors", () => {
  it.each([
    [["nas"], ["nas"]],
    [
      ["compute", "nas"],
      ["nas", "compute"],
    ],
    [["nas compute"], ["nas", "compute"]],
    [["nas,compute"], ["nas", "compute"]],
    [["edge-*"], ["edge-1", "edge-2"]],
    [["edge-?"], ["edge-1", "edge-2"]],
    [["edge-[2-9]"], ["edge-2"]],
    [["@web"], ["compute", "edge-1"]],
    [["@e*"], ["edge-1", "edge-2"]],
    [["@web and @edge"], ["edge-1"]],
    [["@web & !@edge"], ["compute"]],
    [["@web", "and", "not", "@edge"], ["compute"]],
    [["nas or @web and @edge"], ["nas", "edge-1"]],
    [["(nas or @web) and @edge"], ["edge-1"]],
    [["not @web and not @edge"], ["nas", "and"]],
    [["!(@web | @edge)"], ["nas", "and"]],
    [["!!nas"], ["nas"]],
    [['"and"'], ["and"]],
    [["*"], ["nas", "compute", "edge-1", "edge-2", "and"]],
    [[], ["nas", "compute", "edge-1", "edge-2", "and"]],
  ])("%j chooses %j", (words, names) => expect(chosen(...words)).toEqual(names));

  it.each([
    ["", 0, "the selector is empty"],
    ["nas and", 7, "a host or a @tag is missing here"],
    ["and nas", 0, "a host or a @tag is missing here"],
    ["nas and or compute", 8, "a host or a @tag is missing here"],
    ["(nas", 0, "this parenthesis is never closed"],
    ["nas)", 3, "this parenthesis was never opened"],
    ["nas @", 4, "the tag after @ is missing"],
    ['nas or "comp', 7, "the quotes are not closed"],
    ['""', 0, "the name in the quotes is empty"],
    ["edge-[12", 5, "the set is not closed or empty"],
    ["nas -compute", 4, "a name cannot begin with a dash"],
    ["nas; rm", 3, '";" has no place in a selector'],
    [".#nas", 1, "# has no place in a selector"],
    ["(".repeat(5000), 100, "the selector is nested too deeply"],
  ])("%j is wrong at %d: %s", (text, position, message) => {
    expect(parseSelector(text)).toMatchObject({ ok: false, text, position, message });
    expect(() => selectHosts(fleet, [text])).toThrow(expect.objectContaining({ code: "FLURRY_SELECTOR_INVALID" }));
  });

  it.each([
    [["nsa"], "no host is named nsa", 'did you mean "nas"?'],
    [["storage"], "no host is named storage", 'did you mean the tag "@storage"?'],
    [["@nas"], "no host has the tag @nas", 'did you mean the host "nas"?'],
    [["@storge"], "no host has the tag @storge", 'did you mean "@storage"?'],
    [["db-*"], "no host's name matches db-*", "hosts: nas, compute, edge-1, edge-2, and"],
    [["@db*"], "no host has a tag like @db*", "tags: @storage, @apps, @web, @edge"],
    [["* and !nsa"], "no host is named nsa", 'did you mean "nas"?'],
    [["nas and compute"], "no host matches all of: nas and compute", "use or (|) where either will do"],
    [["!*"], "no host matches all of: !*", "use or (|) where either will do"],
  ])("%j selects nothing: %s (%s)", (words, message, hint) => {
    expect(() => chosen(...words)).toThrow(expect.objectContaining({ code: "FLURRY_NOTHING_SELECTED", message, hint }));
  });

  it("chooses nothing from a fleet without hosts", () => {
    expect(() => selectHosts([], [])).toThrow(expect.objectContaining({ code: "FLURRY_NOTHING_SELECTED" }));
  });

  it("points at the mistake", () => {
    expect(() => chosen("nas", "and", ")")).toThrow(expect.objectContaining({ details: "nas and )\n        ^" }));
  });

  it("prints what it parses", () => {
    fc.assert(
      fc.property(tree, (selector) => {
        expect(parseSelector(printSelector(selector))).toEqual({ ok: true, selector });
      }),
    );
  });

  it("obeys De Morgan's laws", () => {
    const not = (operand: Selector): Selector => ({ kind: "not", operand });
    fc.assert(
      fc.property(tree, tree, host, (a, b, one) => {
        const neither = selects(not({ kind: "or", operands: [a, b] }), one);
        expect(neither).toBe(selects({ kind: "and", operands: [not(a), not(b)] }, one));
        const notBoth = selects(not({ kind: "and", operands: [a, b] }), one);
        expect(notBoth).toBe(selects({ kind: "or", operands: [not(a), not(b)] }, one));
      }),
    );
  });

  it("keeps the order of the fleet and chooses what selects says", () => {
    fc.assert(
      fc.property(tree, fc.uniqueArray(host, { selector: (one) => one.name }), (selector, hosts) => {
        const matched = matchSelector(selector, hosts);
        const unmatched = matched.ok ? [] : matched.unmatched;
        const chosen = matched.ok ? matched.hosts : [];
        expect(unmatched.length > 0).toBe(!matched.ok);
        expect(chosen).toEqual(matched.ok ? hosts.filter((one) => selects(selector, one)) : []);
      }),
    );
  });
});

describe("matchesGlob", () => {
  it.each([
    ["*", "", true],
    ["a*c", "abbbc", true],
    ["a*c", "abbb", false],
    ["*a*b*", "xaxbx", true],
    ["[a-c]x", "bx", true],
    ["[!a-c]x", "bx", false],
    ["[^a]", "b", true],
    ["[a-]", "-", true],
    ["a.c", "abc", false],
    ["?", "", false],
  ])("%s against %s: %s", (pattern, name, expected) => expect(matchesGlob(pattern, name)).toBe(expected));

  it("agrees with a regular expression", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "b", "*", "?") }),
        fc.string({ unit: fc.constantFrom("a", "b") }),
        (pattern, name) => {
          const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
          expect(matchesGlob(pattern, name)).toBe(expression.test(name));
        },
      ),
    );
  });

  it("takes no exponential time", () => {
    expect(matchesGlob("*a".repeat(40), "a".repeat(10_000) + "b")).toBe(false);
  });
});
