import fc from "fast-check";
import { expect, it } from "vitest";

import { flatten, unflatten } from "./flatten.ts";
import { fromPlain, toPlain } from "./plain-value.ts";
import { str } from "./tree.ts";
import type { MapNode, TreeNode } from "./tree.ts";

const name = fc.stringMatching(/^[a-z]{1,6}(_[a-z]{1,4})?$/);
const node = fc.letrec<{ any: string | object }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.dictionary(name, tie("any"), { minKeys: 1, maxKeys: 3 }),
    fc.array(tie("any"), { minLength: 1, maxLength: 3 }),
  ),
})).any;

function mapOf(tree: TreeNode): MapNode {
  if (tree.kind !== "map") throw new Error("the tree of this test is no map");
  return tree;
}

it("metadata comes back from its fields in any order", () => {
  fc.assert(
    fc.property(fc.dictionary(name, node, { minKeys: 1, maxKeys: 4 }), (plain) => {
      const tree = mapOf(fromPlain(plain as Record<string, string>));
      expect(toPlain(unflatten(flatten(tree).toReversed()))).toEqual(plain);
    }),
  );
});

it("fields are named as sops names them", () => {
  const tree = mapOf(fromPlain({ age: [{ enc: "x", recipient: "y" }], mac: "z" }));
  expect(flatten(tree).map(([field]) => field)).toEqual(["age__list_0__map_enc", "age__list_0__map_recipient", "mac"]);
});

it.each([["a__list_x"], ["a__list_"], ["a__list_9999999"]])("%s is refused", (field) => {
  expect(() => unflatten([[field, str("x")]])).toThrow(
    expect.objectContaining({ code: "FLURRY_SOPS_METADATA_INVALID" }),
  );
});
