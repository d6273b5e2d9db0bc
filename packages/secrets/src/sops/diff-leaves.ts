import { scalarBytes } from "./scalar-bytes.ts";
import { entriesOf, itemsOf } from "./tree.ts";
import type { Leaf, Scalar, TreeNode } from "./tree.ts";

/** A leaf and what is to stand in its place. */
export interface LeafChange {
  readonly from: Leaf;
  readonly to: Scalar;
}

/** The leaves in which two trees differ, or undefined when they differ in more than that. */
export function diffLeaves(before: TreeNode, after: TreeNode): LeafChange[] | undefined {
  const changes: LeafChange[] = [];
  return collect(before, after, changes) ? changes : undefined;
}

function collect(before: TreeNode, after: TreeNode, changes: LeafChange[]): boolean {
  if (before === after) return true;
  if (before.kind === "leaf") {
    if (after.kind !== "leaf") return false;
    if (!sameScalar(before.value, after.value)) changes.push({ from: before, to: after.value });
    return true;
  }
  if (before.kind === "map") {
    if (after.kind !== "map") return false;
    const [a, b] = [entriesOf(before), entriesOf(after)];
    return (
      a.length === b.length &&
      a.every((entry, index) => {
        const other = b[index];
        return other?.key === entry.key && collect(entry.value, other.value, changes);
      })
    );
  }
  if (after.kind !== "list") return false;
  const [a, b] = [itemsOf(before), itemsOf(after)];
  return (
    a.length === b.length &&
    a.every((item, index) => {
      const other = b[index];
      return other !== undefined && collect(item, other, changes);
    })
  );
}

/** True for scalars of the same type and value. */
export function sameScalar(a: Scalar, b: Scalar): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === "null" || b.kind === "null") return true;
  if (a.kind === "bytes" || b.kind === "bytes") return scalarBytes(a).equals(scalarBytes(b));
  return Object.is(a.value, b.value);
}
