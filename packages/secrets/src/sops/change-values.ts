import { FlurryError } from "@flurry/core";

import { pathError } from "./change-tree.ts";
import { diffLeaves } from "./diff-leaves.ts";
import { parseSops, treesOf, unlockWith } from "./document.ts";
import type { UnlockedSops } from "./document.ts";
import { checkGuard } from "./guard.ts";
import type { ChangeOptions } from "./guard.ts";
import { fromPlain } from "./plain-value.ts";
import type { PlainValue } from "./plain-value.ts";
import type { ParsedText } from "./stores/store.ts";
import { storeOf } from "./stores/stores.ts";
import { leavesOf, nodeAt, str } from "./tree.ts";
import type { Leaf, Scalar, TreeNode, TreePath } from "./tree.ts";
import { readOptions, reseal } from "./write-document.ts";

/** One change of the values of a file. */
export type ValueChange =
  | { readonly kind: "set"; readonly path: TreePath; readonly value: PlainValue }
  | { readonly kind: "unset"; readonly path: TreePath };

/**
 * Sets and removes values; everything else stays byte for byte, except the MAC and the time of the change.
 *
 * @returns the new file, or the old bytes when nothing changes
 * @throws FlurryError FLURRY_SOPS_PATH_INVALID, FLURRY_SOPS_VALUE_UNSUPPORTED, FLURRY_SOPS_GUARD
 */
export function changeValues(
  unlocked: UnlockedSops,
  changes: readonly ValueChange[],
  options: ChangeOptions,
): Uint8Array {
  checkGuard(unlocked.file, options.guard);
  let current = unlocked;
  for (const change of changes) current = changeOne(current, change, options.now);
  return current.file.bytes;
}

function changeOne(unlocked: UnlockedSops, change: ValueChange, now: Date): UnlockedSops {
  const { file } = unlocked;
  const node = change.kind === "set" ? fromPlain(change.value) : undefined;
  if (change.path.length === 0) throw pathError(change.path, "a file is replaced as a whole by encrypting another");
  if (node !== undefined && isSame(unlocked, change.path, node)) return unlocked;
  // The text gets the shape of the new node; its values go from memory into ciphertext.
  const text = file.parsed.withNode(change.path, node === undefined ? undefined : shapeOf(node));
  const parsed = storeOf(file.format).read(Buffer.from(text, "utf8"), {});
  const fresh = node === undefined ? new Map<Leaf, Scalar>() : freshValues(parsed, change.path, node);
  const bytes = reseal(unlocked, parsed, { fresh, now, comments: false });
  return unlockWith(parseSops(bytes, readOptions(file)), unlocked.key);
}

function isSame(unlocked: UnlockedSops, path: TreePath, node: TreeNode): boolean {
  const [document] = treesOf(unlocked);
  const old = document === undefined ? undefined : nodeAt(document, path);
  return old !== undefined && diffLeaves(old, node)?.length === 0;
}

/** The same shape with a text for each value, so that every format has a place for it. */
function shapeOf(node: TreeNode): TreeNode {
  if (node.kind === "leaf") return node.value.kind === "null" ? node : str("x");
  if (node.kind === "list")
    return { kind: "list", items: node.items.map((item) => (item.kind === "comment" ? item : shapeOf(item))) };
  return {
    kind: "map",
    items: node.items.map((item) => (item.kind === "entry" ? { ...item, value: shapeOf(item.value) } : item)),
  };
}

function freshValues(parsed: ParsedText, path: TreePath, node: TreeNode): Map<Leaf, Scalar> {
  const [document] = parsed.documents;
  const placed = document === undefined ? undefined : nodeAt(document, path);
  const places = placed === undefined ? [] : [...leavesOf(placed)];
  const values = [...leavesOf(node)];
  if (places.length !== values.length) {
    throw new FlurryError("FLURRY_SOPS_VALUE_UNSUPPORTED", "The format cannot hold a value of this shape");
  }
  return new Map(places.map((place, index) => [place, values[index]?.value ?? { kind: "null" }]));
}
