import type { CommentNode, Entry, ListNode, MapNode, Span, TreeNode } from "../tree.ts";
import type { TextEdit } from "./store.ts";
import type { YamlSource } from "./yaml-edit.ts";
import { printComment, printEntry, printItem } from "./yaml-print.ts";

type Item = Entry | CommentNode | TreeNode;

/** What turns a node into another; undefined when it has to be written anew as a whole. */
export type EditNode = (before: TreeNode, after: TreeNode, end: number) => TextEdit[] | undefined;

/** A block collection and what it is to become. */
export interface BlockChange {
  readonly source: YamlSource;
  readonly before: MapNode | ListNode;
  readonly after: MapNode | ListNode;
  /** Where the lines of the collection end. */
  readonly end: number;
  readonly edit: EditNode;
}

/**
 * What turns a block collection into another: lines of items that go are removed, lines of new ones put where they
 * belong, and what stays is not touched.
 *
 * @returns undefined when the collection has to be written anew as a whole
 */
export function blockEdits(change: BlockChange): TextEdit[] | undefined {
  const { source, before, after, end } = change;
  const column = source.layout.columns.get(before);
  if (column === undefined) return undefined;
  const kept = keptItems(before.items, after.items);
  const regions = regionsOf(source, before, end);
  if (regions === undefined) return sameLineEdits(change, kept);
  const print = (item: Item): string => printLines(item, column, source);
  const edits: TextEdit[] = [];
  let behind: CommentNode[] = [];
  for (const item of before.items) {
    const region = regions.get(item);
    // A comment on the line of what follows has no lines of its own.
    if (region === undefined) {
      if (item.kind === "comment") behind.push(item);
      continue;
    }
    const next = kept.get(item);
    if (next === undefined) edits.push({ ...region, text: "" });
    else if (next !== item)
      edits.push(...itemEdits(change, { item, next, region, above: behind.map(print).join(""), print }));
    behind = [];
  }
  return [...edits, ...insertions(change, kept, regions, print)];
}

/** From items to what they become: the same node, the entry with the same key, the item at the same position. */
function keptItems(before: readonly Item[], after: readonly Item[]): Map<Item, Item> {
  const same = new Set<Item>(before);
  const byKey = new Map(before.flatMap((item) => (item.kind === "entry" ? [[item.key, item] as const] : [])));
  const isParallel = before.length === after.length;
  const kept = new Map<Item, Item>();
  for (const [index, item] of after.entries()) {
    const counterpart = item.kind === "entry" ? byKey.get(item.key) : isParallel ? before[index] : undefined;
    const old = same.has(item) ? item : counterpart;
    if (old !== undefined && old.kind === item.kind && !kept.has(old)) kept.set(old, item);
  }
  return kept;
}

/** The lines of each item: up to the next item. Undefined if one shares its first line with something further out. */
function regionsOf(source: YamlSource, node: MapNode | ListNode, end: number): Map<Item, Span> | undefined {
  const starts: [Item, number][] = [];
  for (const item of node.items) {
    const lines = source.layout.lines.get(item);
    if (lines === undefined && item.kind === "comment") continue;
    // What stands behind a dash has its line in common with it.
    if (lines === undefined || source.text.slice(lines.start, lines.end).trim() !== "") return undefined;
    starts.push([item, lines.start]);
  }
  const regions = new Map<Item, Span>();
  for (const [index, [item, start]] of starts.entries())
    regions.set(item, { start, end: starts[index + 1]?.[1] ?? end });
  return regions;
}

/** Changes within items that all stay, for a collection whose lines are not its own. */
function sameLineEdits(
  { source, before, after, end, edit }: BlockChange,
  kept: ReadonlyMap<Item, Item>,
): TextEdit[] | undefined {
  if (before.items.length !== after.items.length || before.items.some((item) => !kept.has(item))) return undefined;
  const edits: TextEdit[] = [];
  const items = before.items.filter((item) => item.kind !== "comment");
  for (const [index, item] of items.entries()) {
    const next = kept.get(item);
    const following = items[index + 1];
    const stop = following === undefined ? end : (source.layout.lines.get(following)?.start ?? end);
    const changes = next === undefined ? [] : valueEdits(edit, item, next, stop);
    if (changes === undefined) return undefined;
    edits.push(...changes);
  }
  return edits;
}

// eslint-disable-next-line max-params -- how to edit, and what into what until where
function valueEdits(edit: EditNode, item: Item, next: Item, end: number): TextEdit[] | undefined {
  if (item === next || item.kind === "comment" || next.kind === "comment") return [];
  if (item.kind === "entry") return next.kind === "entry" ? edit(item.value, next.value, end) : undefined;
  return next.kind === "entry" ? undefined : edit(item, next, end);
}

interface ItemChange {
  readonly item: Item;
  readonly next: Item;
  readonly region: Span;
  /** Comments that lose the line on which they stand. */
  readonly above: string;
  readonly print: (item: Item) => string;
}

function itemEdits({ source, edit }: BlockChange, { item, next, region, above, print }: ItemChange): TextEdit[] {
  const inner = valueEdits(edit, item, next, region.end);
  return inner ?? [{ start: region.start, end: contentEnd(source.text, item, region), text: above + print(next) }];
}

/** New items, each behind the one that it follows. */
// eslint-disable-next-line max-params -- a change and what is known of it
function insertions(
  { source, after, end }: BlockChange,
  kept: ReadonlyMap<Item, Item>,
  regions: ReadonlyMap<Item, Span>,
  print: (item: Item) => string,
): TextEdit[] {
  const origins = new Map<Item, Item>();
  for (const [from, to] of kept) origins.set(to, from);
  if (after.items.every((item) => origins.has(item))) return [];
  const texts = new Map<number, string>();
  const start = Math.min(end, ...Array.from(regions.values(), (region) => region.start));
  let above: { readonly item: Item; readonly region: Span } | undefined;
  for (const item of after.items) {
    const origin = origins.get(item);
    const region = origin === undefined ? undefined : regions.get(origin);
    if (origin !== undefined && region !== undefined) above = { item: origin, region };
    if (origin !== undefined) continue;
    const at = above === undefined ? start : contentEnd(source.text, above.item, above.region);
    texts.set(at, (texts.get(at) ?? "") + print(item));
  }
  return Array.from(texts, ([at, text]) => {
    const needsNewline = at > 0 && source.text[at - 1] !== "\n";
    return { start: at, end: at, text: needsNewline ? `\n${text}` : text };
  });
}

/** The end of an item without the blank lines behind it, unless these belong to its value. */
function contentEnd(text: string, item: Item, { start, end }: Span): number {
  let blank = end;
  while (blank > start && isBlank(text.charCodeAt(blank - 1))) blank--;
  const newline = text.indexOf("\n", blank);
  const trimmed = newline === -1 || newline >= end ? end : newline + 1;
  return Math.max(trimmed, lastSpanEnd(item));
}

/** A blank, a tab or the end of a line. */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function lastSpanEnd(item: Item): number {
  if (item.kind === "comment" || item.kind === "leaf") return item.span?.end ?? 0;
  if (item.kind === "entry") return lastSpanEnd(item.value);
  const last = item.items.at(-1);
  return last === undefined ? 0 : lastSpanEnd(last);
}

function printLines(item: Item, column: number, { style }: YamlSource): string {
  if (item.kind === "comment") return printComment(item, column);
  if (item.kind === "entry") return printEntry(item.key, item.value, column, style);
  return printItem(item, column, style);
}
