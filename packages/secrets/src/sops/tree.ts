/** Offsets in the text of a file, in UTF-16 code units; the end is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * A value of a SOPS tree with the type that SOPS gives it. `time` holds RFC 3339 with the shortest fraction, `bytes` is
 * a string that is not UTF-8.
 */
export type Scalar =
  | { readonly kind: "str"; readonly value: string }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "time"; readonly value: string }
  | { readonly kind: "null" };

/** A scalar in its place. */
export interface Leaf {
  readonly kind: "leaf";
  readonly value: Scalar;
  readonly span?: Span;
}

/** One line of a comment: the text after `#` (INI: after `;` or `#` and blanks). */
export interface CommentNode {
  readonly kind: "comment";
  readonly text: string;
  /** Stands behind a value on the same line. */
  readonly inline: boolean;
  /** Stands as an item of a list, in the form in which SOPS writes encrypted comments there. */
  readonly asItem?: boolean;
  /** The text without its mark. */
  readonly span?: Span;
}

/** A key and its value. */
export interface Entry {
  readonly kind: "entry";
  readonly key: string;
  readonly value: TreeNode;
}

export interface MapNode {
  readonly kind: "map";
  readonly items: readonly (Entry | CommentNode)[];
}

export interface ListNode {
  readonly kind: "list";
  readonly items: readonly (TreeNode | CommentNode)[];
}

/** A value with everything below it. */
export type TreeNode = Leaf | MapNode | ListNode;

/** A way into a tree: names of map keys and indexes of list items, from 0 and without counting comments. */
export type TreePath = readonly (string | number)[];

export function leaf(value: Scalar, span?: Span): Leaf {
  return span === undefined ? { kind: "leaf", value } : { kind: "leaf", value, span };
}

export function str(value: string, span?: Span): Leaf {
  return leaf({ kind: "str", value }, span);
}

export function map(entries: Iterable<readonly [string, TreeNode]>): MapNode {
  return { kind: "map", items: Array.from(entries, ([key, value]) => ({ kind: "entry", key, value })) };
}

export function list(items: readonly TreeNode[]): ListNode {
  return { kind: "list", items };
}

/** The entries of a map without its comments. */
export function entriesOf(node: MapNode): readonly Entry[] {
  return node.items.filter((item) => item.kind === "entry");
}

/** The items of a list without its comments. */
export function itemsOf(node: ListNode): readonly TreeNode[] {
  return node.items.filter((item) => item.kind !== "comment");
}

/** The value of a key of a map, if it has it. */
export function child(node: MapNode, key: string): TreeNode | undefined {
  for (const item of node.items) if (item.kind === "entry" && item.key === key) return item.value;
  return undefined;
}

/** The node at a path, if there is one. */
export function nodeAt(root: TreeNode, path: TreePath): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const step of path) {
    if (node === undefined) return undefined;
    if (typeof step === "string") node = node.kind === "map" ? child(node, step) : undefined;
    else node = node.kind === "list" ? itemsOf(node)[step] : undefined;
  }
  return node;
}

/** A path as SOPS writes it on its command line: `["a"]["b"][0]`. */
export function printPath(path: TreePath): string {
  return path.length === 0 ? "the top level" : path.map((step) => `[${JSON.stringify(step)}]`).join("");
}

/** Every scalar at or below a node, in document order. */
export function leavesOf(node: TreeNode): readonly Leaf[] {
  const found: Leaf[] = [];
  const visit = (at: TreeNode | CommentNode): void => {
    if (at.kind === "leaf") found.push(at);
    else if (at.kind !== "comment") for (const item of at.items) visit(item.kind === "entry" ? item.value : item);
  };
  visit(node);
  return found;
}
