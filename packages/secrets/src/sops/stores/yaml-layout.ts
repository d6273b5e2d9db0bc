import type { Leaf, Span, TreeNode } from "../tree.ts";

/** Where the parts of a YAML document stand, by node of its tree. */
export interface YamlLayout {
  /** The first line of an entry, item or comment of a block collection: from its start to the key, dash or mark. */
  readonly lines: Map<object, Span>;
  /** The column of the entries or dashes of a block collection. */
  readonly columns: Map<TreeNode, number>;
  /** Collections between brackets, brackets included. */
  readonly flows: Map<TreeNode, Span>;
  /** The column of the key or dash that a leaf belongs to, and whether it must stay on one line. */
  readonly places: Map<Leaf, { readonly column: number; readonly oneLine: boolean }>;
  /** Blocks with a comment behind their header: header and content are apart. */
  readonly split: Map<Leaf, readonly [Span, Span]>;
}

export function emptyLayout(): YamlLayout {
  return { lines: new Map(), columns: new Map(), flows: new Map(), places: new Map(), split: new Map() };
}

/** Says of a copy of a collection what is known of the collection. */
export function copyLayout(layout: YamlLayout, from: TreeNode, to: TreeNode): void {
  const column = layout.columns.get(from);
  if (column !== undefined) layout.columns.set(to, column);
  const flow = layout.flows.get(from);
  if (flow !== undefined) layout.flows.set(to, flow);
}
