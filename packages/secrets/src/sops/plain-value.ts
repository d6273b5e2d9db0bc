import { FlurryError } from "@flurry/core";

import { entriesOf, itemsOf, leaf, list, map, str } from "./tree.ts";
import type { Scalar, TreeNode } from "./tree.ts";

/** A value as a program has it. Whole numbers are `number` where they fit exactly, else `bigint`. */
export type PlainValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** The value of a node; comments are left out, of equal keys the last one counts. */
export function toPlain(node: TreeNode): PlainValue {
  if (node.kind === "leaf") return scalarToPlain(node.value);
  if (node.kind === "list") return itemsOf(node).map(toPlain);
  // A key such as __proto__ is data here and changes no object.
  return Object.fromEntries(entriesOf(node).map((entry) => [entry.key, toPlain(entry.value)]));
}

function scalarToPlain(scalar: Scalar): PlainValue {
  switch (scalar.kind) {
    case "null":
      return null;
    case "int":
      return Number.isSafeInteger(Number(scalar.value)) ? Number(scalar.value) : scalar.value;
    case "str":
    case "bytes":
    case "float":
    case "bool":
    case "time":
      return scalar.value;
  }
}

/**
 * The node of a value. A whole `number` becomes an integer; a float that is whole cannot be told from it.
 *
 * @throws FlurryError FLURRY_SOPS_VALUE_UNSUPPORTED for what no SOPS file can hold
 */
export function fromPlain(value: PlainValue): TreeNode {
  return build(value, 0);
}

const maxDepth = 200;

function build(value: unknown, depth: number): TreeNode {
  if (depth > maxDepth) throw unsupported("it is nested too deeply");
  if (value === null) return leaf({ kind: "null" });
  if (value instanceof Uint8Array) return leaf({ kind: "bytes", value });
  if (Array.isArray(value)) return list(value.map((item) => build(item, depth + 1)));
  switch (typeof value) {
    case "string":
      if (/\p{Surrogate}/u.test(value)) throw unsupported("the text has half a surrogate pair");
      return str(value);
    case "boolean":
      return leaf({ kind: "bool", value });
    case "bigint":
      if (BigInt.asIntN(64, value) !== value) throw unsupported("the number does not fit 64 bits");
      return leaf({ kind: "int", value });
    case "number":
      return Number.isInteger(value) && !Object.is(value, -0) && Math.abs(value) < 2 ** 63
        ? leaf({ kind: "int", value: BigInt(value) })
        : leaf({ kind: "float", value });
    case "object":
      return map(Object.entries(value).map(([key, item]) => [key, build(item, depth + 1)] as const));
    default:
      throw unsupported(`it is of type ${typeof value}`);
  }
}

function unsupported(why: string): FlurryError {
  return new FlurryError("FLURRY_SOPS_VALUE_UNSUPPORTED", `A value cannot be stored in a SOPS file: ${why}`);
}
