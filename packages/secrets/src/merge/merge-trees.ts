import { diffLeaves } from "../sops/diff-leaves.ts";
import type { MapNode, TreeNode, TreePath } from "../sops/tree.ts";
import { entriesOf, itemsOf } from "../sops/tree.ts";

/** Something that one side did to a tree, as it is to be done to the other. */
export interface TreeChange {
  readonly path: TreePath;
  /** What stands there now; undefined where it was taken away. */
  readonly node: TreeNode | undefined;
}

/** A place that both sides changed, each in its own way. */
export interface TreeConflict {
  readonly path: TreePath;
  readonly base: TreeNode | undefined;
  readonly ours: TreeNode | undefined;
  readonly theirs: TreeNode | undefined;
}

/** What is to be done to one side so that it holds the changes of both. */
export interface TreeMerge {
  readonly changes: readonly TreeChange[];
  readonly conflicts: readonly TreeConflict[];
}

/**
 * Merges two versions of a tree with what both came from. Maps are merged key by key, lists of the same length item by
 * item; any other list is one value.
 */
export function mergeTrees(base: TreeNode, ours: TreeNode, theirs: TreeNode): TreeMerge {
  const changes: TreeChange[] = [];
  const conflicts: TreeConflict[] = [];
  merge({ path: [], base, ours, theirs }, { changes, conflicts });
  return { changes, conflicts };
}

interface Found {
  readonly changes: TreeChange[];
  readonly conflicts: TreeConflict[];
}

function merge(at: TreeConflict, found: Found): void {
  const { path, base, ours, theirs } = at;
  if (sameNode(base, theirs) || sameNode(ours, theirs)) return;
  if (ours?.kind === "map" && theirs?.kind === "map") {
    mergeMaps({ path, base: base?.kind === "map" ? base : undefined, ours, theirs }, found);
    return;
  }
  if (sameNode(base, ours)) {
    found.changes.push({ path, node: theirs });
    return;
  }
  const items = itemsInStep([base, ours, theirs]);
  if (items === undefined) found.conflicts.push(at);
  else for (const [index, item] of items.entries()) merge({ path: [...path, index], ...item }, found);
}

/** The items of three lists of one length. */
function itemsInStep(nodes: readonly (TreeNode | undefined)[]): Omit<TreeConflict, "path">[] | undefined {
  const [base, ours, theirs] = nodes.map((node) => (node?.kind === "list" ? itemsOf(node) : undefined));
  if (base === undefined || base.length !== ours?.length || base.length !== theirs?.length) return undefined;
  return base.map((item, index) => ({ base: item, ours: ours[index], theirs: theirs[index] }));
}

interface Maps {
  readonly path: TreePath;
  readonly base: MapNode | undefined;
  readonly ours: MapNode;
  readonly theirs: MapNode;
}

function mergeMaps({ path, base, ours, theirs }: Maps, found: Found): void {
  const [before, left, right] = [base, ours, theirs].map(
    (node) => new Map(node === undefined ? [] : entriesOf(node).map(({ key, value }) => [key, value])),
  );
  for (const key of new Set([...(right?.keys() ?? []), ...(before?.keys() ?? [])]))
    merge({ path: [...path, key], base: before?.get(key), ours: left?.get(key), theirs: right?.get(key) }, found);
}

/** What makes one tree of another. */
export function treeChanges(from: TreeNode, to: TreeNode): readonly TreeChange[] {
  return mergeTrees(from, from, to).changes;
}

/** True for nodes that hold the same values; comments do not count. */
function sameNode(a: TreeNode | undefined, b: TreeNode | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind === "map" && b.kind === "map") {
    // The order of keys is no change of a value.
    const known = new Map(entriesOf(b).map(({ key, value }) => [key, value]));
    const entries = entriesOf(a);
    return entries.length === known.size && entries.every(({ key, value }) => sameNode(value, known.get(key)));
  }
  return diffLeaves(a, b)?.length === 0;
}
