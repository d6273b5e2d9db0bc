import { FlurryError, nearestName } from "@flurry/core";
import { entriesOf, nodeAt, printPath, toPlain, treesOf } from "@flurry/secrets";
import type { TreeNode, TreePath } from "@flurry/secrets";

import { plainToJson } from "./plain-json.ts";
import type { OpenedFile } from "./secret-file.ts";

/**
 * The node at a path of an open file.
 *
 * @throws FlurryError FLURRY_SOPS_PATH_INVALID, naming what is nearest
 */
export function nodeIn(opened: OpenedFile, name: string, steps: TreePath): TreeNode {
  if (opened.kind === "age")
    throw new FlurryError("FLURRY_SOPS_PATH_INVALID", `${name} is an age file: it is one value and has no paths`, {
      hint: `flurry secrets get ${name}`,
    });
  const [document] = treesOf(opened.unlocked);
  const node = document === undefined ? undefined : nodeAt(document, steps);
  if (node !== undefined) return node;
  const last = steps.at(-1);
  const parent = document === undefined ? undefined : nodeAt(document, steps.slice(0, -1));
  const names = parent?.kind === "map" ? entriesOf(parent).map(({ key }) => key) : [];
  const nearest = typeof last === "string" ? nearestName(last, names) : undefined;
  throw new FlurryError("FLURRY_SOPS_PATH_INVALID", `There is no value at ${printPath(steps)}`, {
    place: { file: name },
    hint:
      nearest === undefined
        ? `flurry secrets ls ${name} shows what there is`
        : `Did you mean ${printPath([...steps.slice(0, -1), nearest])}?`,
  });
}

/** A value as a script wants it: a text as it is, a map or list as JSON. */
export function valueBytes(node: TreeNode): Uint8Array {
  const value = toPlain(node);
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return Buffer.from(value, "utf8");
  const isNested = typeof value === "object" && value !== null;
  return Buffer.from(isNested ? JSON.stringify(plainToJson(value), undefined, 2) : String(value), "utf8");
}
