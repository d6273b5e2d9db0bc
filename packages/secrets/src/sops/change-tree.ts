import { FlurryError } from "@flurry/core";

import { printPath } from "./tree.ts";
import type { ListNode, MapNode, TreeNode, TreePath } from "./tree.ts";

/**
 * A tree with a node put at a path, or with what is there taken away. Maps on the way are made; an index that is as
 * long as its list adds to it. Source: `set` and `unset` of sops.go.
 *
 * @throws FlurryError FLURRY_SOPS_PATH_INVALID
 */
export function putNode(root: MapNode, path: TreePath, node: TreeNode | undefined): MapNode {
  const changed = put(root, path, 0, node);
  if (changed?.kind !== "map") throw pathError(path, "the top level of a file is a map");
  return changed;
}

function put(
  at: TreeNode | undefined,
  path: TreePath,
  depth: number,
  node: TreeNode | undefined,
): TreeNode | undefined {
  const step = path[depth];
  if (step === undefined) return node;
  if (at === undefined && node === undefined) throw pathError(path, "there is nothing");
  if (typeof step === "string") {
    if (at !== undefined && at.kind !== "map") throw pathError(path, `${printPath(path.slice(0, depth))} is no map`);
    return putEntry(at ?? { kind: "map", items: [] }, step, path, depth, node);
  }
  if (at !== undefined && at.kind !== "list") throw pathError(path, `${printPath(path.slice(0, depth))} is no list`);
  return putItem(at ?? { kind: "list", items: [] }, step, path, depth, node);
}

// eslint-disable-next-line max-params -- the recursion of `put`, split by kind
function putEntry(at: MapNode, key: string, path: TreePath, depth: number, node: TreeNode | undefined): MapNode {
  const index = at.items.findIndex((item) => item.kind === "entry" && item.key === key);
  const found = at.items[index];
  const old = found?.kind === "entry" ? found.value : undefined;
  const value = put(old, path, depth + 1, node);
  if (value === undefined) {
    if (index === -1) throw pathError(path, "there is nothing");
    return { kind: "map", items: at.items.toSpliced(index, 1) };
  }
  const entry = { kind: "entry" as const, key, value };
  return { kind: "map", items: index === -1 ? [...at.items, entry] : at.items.with(index, entry) };
}

// eslint-disable-next-line max-params -- the recursion of `put`, split by kind
function putItem(at: ListNode, step: number, path: TreePath, depth: number, node: TreeNode | undefined): ListNode {
  const positions = at.items.flatMap((item, index) => (item.kind === "comment" ? [] : [index]));
  if (!Number.isInteger(step) || step < 0 || step > positions.length) {
    throw pathError(path, `the list has ${positions.length} items`);
  }
  const index = positions[step];
  const item = index === undefined ? undefined : at.items[index];
  const value = put(item === undefined || item.kind === "comment" ? undefined : item, path, depth + 1, node);
  if (value === undefined) {
    if (index === undefined) throw pathError(path, "there is nothing");
    return { kind: "list", items: at.items.toSpliced(index, 1) };
  }
  return { kind: "list", items: index === undefined ? [...at.items, value] : at.items.with(index, value) };
}

export function pathError(path: TreePath, why: string): FlurryError {
  return new FlurryError("FLURRY_SOPS_PATH_INVALID", `${printPath(path)} cannot be reached: ${why}`, {
    hint: "flurry secrets ls FILE shows what there is; an item of a list is written users[0].",
  });
}
