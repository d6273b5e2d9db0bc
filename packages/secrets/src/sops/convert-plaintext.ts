import { FlurryError } from "@flurry/core";

import { plaintextOf, treesOf } from "./document.ts";
import type { UnlockedSops } from "./document.ts";
import { newPlaintext } from "./new-plaintext.ts";
import { toPlain } from "./plain-value.ts";
import type { SopsFormat } from "./stores/store.ts";
import { child, entriesOf } from "./tree.ts";
import type { TreeNode } from "./tree.ts";

/**
 * The content of a file in clear in a format, as `sops decrypt --output-type` has it. In its own format it is the file as
 * it was; in another one comments are left out.
 *
 * @throws FlurryError FLURRY_SOPS_VALUE_UNSUPPORTED for what the format cannot hold
 */
export function plaintextAs(unlocked: UnlockedSops, format: SopsFormat): Uint8Array {
  if (format === unlocked.file.format) return plaintextOf(unlocked);
  const [root, ...more] = treesOf(unlocked);
  if (root === undefined || more.length > 0)
    throw new FlurryError("FLURRY_SOPS_VALUE_UNSUPPORTED", `Several documents cannot be one file of ${format}`);
  return nodeAs(root, format);
}

/**
 * A map as a file of its own in clear.
 *
 * @throws FlurryError FLURRY_SOPS_VALUE_UNSUPPORTED for what the format cannot hold
 */
export function nodeAs(node: TreeNode, format: SopsFormat): Uint8Array {
  if (node.kind !== "map")
    throw new FlurryError("FLURRY_SOPS_VALUE_UNSUPPORTED", `A file of ${format} has a map at its top level`);
  if (format === "binary") return onlyValue(child(node, "data"), entriesOf(node).length);
  return newPlaintext(
    format,
    entriesOf(node).map(({ key, value }) => ({ kind: "set", path: [key], value: toPlain(value) })),
  );
}

/** A binary file of SOPS has one value, which is called `data`. */
function onlyValue(data: TreeNode | undefined, entries: number): Uint8Array {
  const value = data === undefined || entries !== 1 ? undefined : toPlain(data);
  if (typeof value === "string") return Buffer.from(value, "utf8");
  if (value instanceof Uint8Array) return value;
  throw new FlurryError("FLURRY_SOPS_VALUE_UNSUPPORTED", "A binary file has one value, which is called data");
}
