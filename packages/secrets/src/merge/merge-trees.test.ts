import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { putNode } from "../sops/change-tree.ts";
import { fromPlain, toPlain } from "../sops/plain-value.ts";
import type { PlainValue } from "../sops/plain-value.ts";
import type { MapNode } from "../sops/tree.ts";
import { conflictText, isConflictText } from "./conflict-text.ts";
import { mergeTrees } from "./merge-trees.ts";

function tree(value: PlainValue): MapNode {
  const node = fromPlain(value);
  if (node.kind !== "map") throw new Error("the test needs a map");
  return node;
}

function merged(base: PlainValue, ours: PlainValue, theirs: PlainValue) {
  const merge = mergeTrees(tree(base), tree(ours), tree(theirs));
  const result = merge.changes.reduce((root, { path, node }) => putNode(root, path, node), tree(ours));
  return { value: toPlain(result), conflicts: merge.conflicts.map(({ path }) => path.join(".")) };
}

describe("mergeTrees", () => {
  const base = { a: 1, b: { c: "x", d: [1, 2] }, e: "y" };
  it.each<[string, PlainValue, PlainValue, PlainValue, string[]]>([
    [
      "both sides",
      { ...base, a: 2 },
      { ...base, b: { c: "z", d: [1, 2] } },
      { ...base, a: 2, b: { c: "z", d: [1, 2] } },
      [],
    ],
    ["the same twice", { ...base, a: 2 }, { ...base, a: 2 }, { ...base, a: 2 }, []],
    ["new keys", { ...base, f: 1 }, { ...base, g: 1 }, { ...base, f: 1, g: 1 }, []],
    ["a key taken away", base, { a: 1, b: base.b }, { a: 1, b: base.b }, []],
    [
      "items of a list",
      { ...base, b: { c: "x", d: [3, 2] } },
      { ...base, b: { c: "x", d: [1, 4] } },
      { ...base, b: { c: "x", d: [3, 4] } },
      [],
    ],
    [
      "lists that grew",
      { ...base, b: { c: "x", d: [1, 2, 3] } },
      { ...base, b: { c: "x", d: [1] } },
      { ...base, b: { c: "x", d: [1, 2, 3] } },
      ["b.d"],
    ],
    ["a value", { ...base, a: 2 }, { ...base, a: 3 }, { ...base, a: 2 }, ["a"]],
    ["changed and taken away", { ...base, e: "z" }, { a: 1, b: base.b }, { ...base, e: "z" }, ["e"]],
    ["the same key made twice", { ...base, f: { g: 1 } }, { ...base, f: { h: 2 } }, { ...base, f: { g: 1, h: 2 } }, []],
    ["another order of keys", { e: "y", b: base.b, a: 1 }, { ...base, a: 2 }, { e: "y", b: base.b, a: 2 }, []],
  ])("%s", (...[, ours, theirs, value, conflicts]) => {
    expect(merged(base, ours, theirs)).toEqual({ value, conflicts });
  });

  it("one side alone is that side, whichever it is", () => {
    const value = fc.letrec((tie) => ({
      node: fc.oneof({ depthSize: "small" }, fc.string(), fc.integer(), fc.boolean(), tie("list"), tie("map")),
      list: fc.array(tie("node"), { maxLength: 3 }),
      map: fc.dictionary(fc.constantFrom("a", "b", "c", "d"), tie("node"), { noNullPrototype: true }),
    })).map as fc.Arbitrary<{ readonly [key: string]: PlainValue }>;
    fc.assert(
      fc.property(value, value, (before, after) => {
        expect(merged(before, after, before)).toEqual({ value: after, conflicts: [] });
        expect(merged(before, before, after)).toEqual({ value: after, conflicts: [] });
        expect(merged(before, after, after)).toEqual({ value: after, conflicts: [] });
      }),
    );
  });
});

it("a conflict shows all sides and can be found again", () => {
  const text = conflictText({ path: ["a"], base: undefined, ours: fromPlain("x\ny"), theirs: fromPlain({ b: 1n }) });
  expect(text).toBe('<<<<<<< ours\nx\ny\n||||||| base\n(nothing)\n=======\n{\n  "b": 1\n}\n>>>>>>> theirs\n');
  expect([isConflictText(text), isConflictText("x")]).toEqual([true, false]);
});
