import { invalid } from "./metadata-fields.ts";
import { entriesOf, itemsOf } from "./tree.ts";
import type { Leaf, MapNode, TreeNode } from "./tree.ts";

const separator = /__map_|__list_/;

/** One field of flattened metadata: `age__list_0__map_enc` and its value. */
export type FlatField = readonly [name: string, value: Leaf];

/** Metadata as single fields, for formats that have no nesting. Source: stores/flatten.go. */
export function flatten(node: MapNode): FlatField[] {
  const fields: FlatField[] = [];
  const descend = (value: TreeNode, name: string): void => {
    if (value.kind === "leaf") fields.push([name, value]);
    else if (value.kind === "map")
      for (const entry of entriesOf(value)) descend(entry.value, `${name}__map_${entry.key}`);
    else for (const [index, item] of itemsOf(value).entries()) descend(item, `${name}__list_${index}`);
  };
  for (const entry of entriesOf(node)) descend(entry.value, entry.key);
  return fields;
}

interface Branch {
  value?: Leaf;
  readonly children: Map<string, Branch>;
  kind?: "map" | "list";
}

/**
 * The inverse of {@link flatten}; the order of fields does not matter.
 *
 * @throws FlurryError FLURRY_SOPS_METADATA_INVALID for gaps in lists, fields that are two things at once, and repeats
 */
export function unflatten(fields: readonly FlatField[]): MapNode {
  const root: Branch = { children: new Map(), kind: "map" };
  for (const [name, value] of fields) place(root, name, value);
  const tree = build(root, "");
  if (tree.kind !== "map") throw invalid("it is not a map");
  return tree;
}

function place(root: Branch, name: string, value: Leaf): void {
  const kinds = name.match(/__map_|__list_/g) ?? [];
  if (kinds.length > 16) throw invalid(`the field ${name.slice(0, 60)} is nested too deeply`);
  let at = root;
  for (const [index, step] of name.split(separator).entries()) {
    const kind = index === 0 ? "map" : kinds[index - 1] === "__map_" ? "map" : "list";
    if ((at.kind ??= kind) !== kind || at.value !== undefined) throw invalid(`the field ${name} is two things at once`);
    if (kind === "list" && !/^\d{1,6}$/.test(step)) throw invalid(`the field ${name} has no list position`);
    const key = kind === "list" ? String(Number(step)) : step;
    let next = at.children.get(key);
    if (next === undefined) at.children.set(key, (next = { children: new Map() }));
    at = next;
  }
  if (at.value !== undefined || at.kind !== undefined) throw invalid(`the field ${name} is there twice`);
  at.value = value;
}

function build(branch: Branch, name: string): TreeNode {
  if (branch.value !== undefined) return branch.value;
  if (branch.kind !== "list") {
    const items = Array.from(branch.children, ([key, next]) => {
      return { kind: "entry" as const, key, value: build(next, key) };
    });
    return { kind: "map", items };
  }
  const size = branch.children.size;
  const items = Array.from({ length: size }, (_, index) => {
    const item = branch.children.get(String(index));
    if (item === undefined) throw invalid(`the list ${name} has a gap at ${index}`);
    return build(item, `${name}[${index}]`);
  });
  return { kind: "list", items };
}
