import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Alias, CST, Pair } from "yaml";

import type { CommentNode, Entry, ListNode, MapNode, TreeNode } from "../tree.ts";
import { limitError, maxDepth, maxNodes, syntaxError } from "./store.ts";
import type { ReadOptions } from "./store.ts";
import { commentReader, sealedItem } from "./yaml-comments.ts";
import type { Token } from "./yaml-comments.ts";
import { copyLayout, emptyLayout } from "./yaml-layout.ts";
import type { YamlLayout } from "./yaml-layout.ts";
import type { YamlDocument } from "./yaml-parse.ts";
import { emptyLeaf, placedLeaf, scalarOf } from "./yaml-scalar.ts";

/** A document as a tree. */
export interface YamlTree {
  readonly root: MapNode;
  readonly layout: YamlLayout;
  readonly hasAliases: boolean;
}

/** How to read a document. */
export interface YamlReadOptions extends ReadOptions {
  /** The document is an encrypted one. */
  readonly sealed: boolean;
}

type Item = CST.BlockMap["items"][number] | CST.FlowCollection["items"][number] | CST.BlockSequence["items"][number];

interface Context {
  /** Column of the enclosing key or dash. */
  readonly column: number;
  readonly depth: number;
  readonly inFlow: boolean;
}

/**
 * Turns a document into a tree of SOPS with the place of each part.
 *
 * @throws FlurryError FLURRY_SOPS_SYNTAX for what SOPS cannot hold: keys that are no texts, a top level that is no map
 */
export function readYamlTree(text: string, source: YamlDocument, options: YamlReadOptions): YamlTree {
  const { document, tokens } = source;
  const layout = emptyLayout();
  const comments = commentReader(text, layout);
  // The parser looks an anchor up by walking the document, once for each alias.
  const anchors = new Map<string, unknown>();
  let nodes = 0;
  let hasAliases = false;

  const fail = (what: string, offset: number): never => {
    throw syntaxError(what, { ...options, at: { text, offset } });
  };

  const count = ({ depth }: Context): void => {
    if (depth > maxDepth) throw limitError(`it is nested more than ${maxDepth} deep`, options.file);
    if (++nodes <= maxNodes) return;
    throw limitError(`it has more than ${maxNodes} values, aliases counted each time`, options.file);
  };

  const readNode = (node: unknown, token: Token, props: readonly CST.SourceToken[], context: Context): TreeNode => {
    count(context);
    if (isAlias(node)) return readAlias(node, context);
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isMap(node)) return readMap(node.items, token, context);
    if (isSeq(node)) return readList(node.items, token, context);
    const place = { text, layout, props, ...context };
    if (!isScalar(node)) return emptyLeaf(place);
    return placedLeaf(
      node,
      scalarOf(node, (what) => fail(what, offsetOf(node))),
      token,
      place,
    );
  };

  const readAlias = (node: Alias, context: Context): TreeNode => {
    hasAliases = true;
    const target = anchors.get(node.source);
    if (target === undefined) return fail("an alias has no anchor", offsetOf(node));
    // Without tokens: the copy has no place of its own in the text.
    return readNode(target, undefined, [], { ...context, depth: context.depth + 1 });
  };

  const innerOf = (token: Token, isBlock: boolean, context: Context): Context => ({
    column: isBlock && token ? comments.columnOf(token.offset) : context.column,
    depth: context.depth + 1,
    inFlow: context.inFlow || !isBlock,
  });

  const readMap = (pairs: readonly Pair[], token: Token, context: Context): MapNode => {
    const isBlock = token?.type === "block-map";
    const inner = innerOf(token, isBlock, context);
    const once = onlyOnce();
    if (!hasItems(token))
      return { kind: "map", items: pairs.map((pair) => once(entryOf(pair, undefined, inner), pair)) };
    const items: (Entry | CommentNode)[] = [];
    const known = new Map(pairs.map((pair): [unknown, Pair] => [pair.srcToken, pair]));
    for (const item of token.items) {
      const pair = known.get(item);
      const above = comments.among(item.start);
      if (pair === undefined) {
        items.push(...comments.keepInside(above, isBlock ? inner.column : -1));
        continue;
      }
      const { outside, inside } = commentsBetween(item);
      items.push(...above, ...outside, ...(isCollection(item.value) ? [] : comments.behind(item.value)));
      const entry = once(entryOf(pair, item, inner, inside), pair);
      items.push(entry);
      const start = startOf(item, pair);
      if (isBlock) layout.lines.set(entry, { start: comments.lineStart(start), end: start });
      items.push(...comments.takeStrays(inner.column));
    }
    return noted({ kind: "map", items }, token, inner);
  };

  const readList = (values: readonly unknown[], token: Token, context: Context): ListNode => {
    const isBlock = token?.type === "block-seq";
    const inner = innerOf(token, isBlock, context);
    if (!hasItems(token)) return { kind: "list", items: values.map((value) => readNode(value, undefined, [], inner)) };
    const items: (TreeNode | CommentNode)[] = [];
    let index = 0;
    for (const item of token.items) {
      const dash = item.start.find((start) => start.type === "seq-item-ind");
      const above = comments.among(item.start.filter((start) => dash === undefined || start.offset < dash.offset));
      const hasValue = dash !== undefined || item.value !== undefined || "key" in item || "sep" in item;
      if (!hasValue || index >= values.length) {
        items.push(...comments.keepInside(above, isBlock ? inner.column : -1));
        continue;
      }
      const behindDash = comments.among(item.start.filter((start) => dash !== undefined && start.offset > dash.offset));
      items.push(...above, ...(isCollection(item.value) ? [] : [...behindDash, ...comments.behind(item.value)]));
      const value = itemOf(values[index++], item, inner);
      const node = withComments(value, isCollection(item.value) ? behindDash : [], item.value);
      const placed = (options.sealed ? sealedItem(node) : undefined) ?? node;
      items.push(placed);
      if (dash !== undefined) layout.lines.set(placed, { start: comments.lineStart(dash.offset), end: dash.offset });
      items.push(...comments.takeStrays(inner.column));
    }
    return noted({ kind: "list", items }, token, inner);
  };

  /** The parser's own check compares each key with all others. */
  const onlyOnce = (): ((entry: Entry, pair: Pair) => Entry) => {
    const keys = new Set<string>();
    return (entry, pair) => {
      if (keys.has(entry.key)) return fail("a key is there twice in one map", offsetOf(pair.key));
      keys.add(entry.key);
      return entry;
    };
  };

  /** Comments between a key and its value: on its line they are of the outer map, below of what they stand above. */
  const commentsBetween = (item: Item): { readonly outside: CommentNode[]; readonly inside: CommentNode[] } => {
    const between = "sep" in item ? comments.among(item.sep) : [];
    if (!isCollection(item.value)) return { outside: between, inside: [] };
    const outside = between.filter((node) => node.inline).map((node) => ({ ...node, inline: false }));
    return { outside, inside: between.filter((node) => !node.inline) };
  };

  const entryOf = (
    pair: Pair,
    item: Item | undefined,
    context: Context,
    inside: readonly CommentNode[] = [],
  ): Entry => {
    const sep = item !== undefined && "sep" in item ? (item.sep ?? []) : [];
    const value = readNode(pair.value, item?.value, sep, context);
    return { kind: "entry", key: keyOf(pair.key), value: withComments(value, inside, item?.value) };
  };

  const keyOf = (key: unknown): string => {
    if (!isScalar(key)) return fail("a key is a map, a list or an alias", offsetOf(key));
    const value = scalarOf(key, (what) => fail(what, offsetOf(key)));
    if (value.kind === "str") return value.value;
    return fail(`a key is no text but of the type ${value.kind}: put it in quotes`, offsetOf(key));
  };

  /** Between brackets `a: b` without braces is a map of one entry. */
  const itemOf = (value: unknown, item: Item, context: Context): TreeNode => {
    if (isMap(value) && !isCollection(item.value)) {
      return { kind: "map", items: value.items.map((pair) => entryOf(pair, item, context)) };
    }
    return readNode(value, item.value, item.start, context);
  };

  /** Adds the comments above the first and behind the last bracket of a collection to its own. */
  const withComments = (value: TreeNode, inside: readonly CommentNode[], token: Token): TreeNode => {
    const added = [...inside, ...(token?.type === "flow-collection" ? comments.behind(token) : [])];
    if (added.length === 0 || value.kind === "leaf") return value;
    const copy: TreeNode =
      value.kind === "map"
        ? { kind: "map", items: [...added, ...value.items] }
        : { kind: "list", items: [...added, ...value.items] };
    copyLayout(layout, value, copy);
    return copy;
  };

  const noted = <Node extends TreeNode>(node: Node, token: CST.Token, { column }: Context): Node => {
    if (token.type !== "flow-collection") layout.columns.set(node, column);
    else {
      const close = token.end.find((end) => end.type === "flow-map-end" || end.type === "flow-seq-end");
      layout.flows.set(node, { start: token.start.offset, end: (close?.offset ?? token.start.offset) + 1 });
    }
    return node;
  };

  const readTop = (): MapNode => {
    if (document.contents === null) return { kind: "map", items: [] };
    const top = readNode(document.contents, tokens.value, [], { column: 0, depth: 0, inFlow: false });
    if (top.kind === "map") return top;
    if (top.kind === "leaf" && top.value.kind === "null") return { kind: "map", items: [] };
    return fail("the top level must be a map", tokens.offset);
  };

  const head = comments.among([...source.before, ...tokens.start]);
  const root = readTop();
  const behind = tokens.value?.type === "flow-collection" ? comments.behind(tokens.value) : [];
  const tail = [...comments.takeStrays(-1), ...behind, ...comments.among(tokens.end)];
  const whole: MapNode = { kind: "map", items: [...head, ...root.items, ...tail] };
  copyLayout(layout, root, whole);
  return { root: whole, layout, hasAliases };
}

/** Where an entry starts: at the mark of an explicit key, a tag or an anchor, else at its key. */
function startOf(item: Item, pair: Pair): number {
  const first = item.start.find(({ type }) => type === "explicit-key-ind" || type === "anchor" || type === "tag");
  const key = "key" in item ? item.key : undefined;
  const sep = "sep" in item ? item.sep?.[0] : undefined;
  return (first ?? key ?? sep)?.offset ?? offsetOf(pair.key);
}

function hasItems(token: Token): token is CST.BlockMap | CST.BlockSequence | CST.FlowCollection {
  return token !== undefined && token !== null && "items" in token;
}

function isCollection(token: Token): boolean {
  return hasItems(token);
}

function offsetOf(node: unknown): number {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0;
}
