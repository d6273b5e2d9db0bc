import type { Issue, Place } from "@flurry/core";
import { isAlias, isMap, isPair, isScalar, isSeq } from "yaml";
import type { Document, LineCounter, Node, Pair, YAMLMap } from "yaml";

/** A YAML document that knows its file and its lines. */
export interface PlacedDocument {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly file: string;
}

/** The line and column of a character of the file. */
export function placeAt(source: PlacedDocument, offset: number): Place {
  const { line, col } = source.lines.linePos(offset);
  return { file: source.file, line: Math.max(1, line), column: Math.max(1, col) };
}

/** Issues that are about a key and not about its value. */
const aboutKeys = new Set(["unknown-key", "invalid-name", "given-twice"]);

/** Finds the line and column of an issue: that of the offending key or value. */
export function placeIssue(issue: Issue, source: PlacedDocument): Issue {
  const offset = offsetOf(source.document, issue.path, aboutKeys.has(issue.code) ? "key" : "value");
  return { ...issue, place: placeAt(source, offset) };
}

/** The value at a path, else the last part of the path that the document has (the mapping that lacks a key). */
function offsetOf(document: Document, path: Issue["path"], what: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const pair = entryAt(document, node, step);
    if (pair === undefined) return offset;
    const isLast = index === path.length - 1;
    const wantsKey = (isLast && what === "key") || !isLast || isEmpty(pair.value);
    offset = (wantsKey ? startOf(pair.key) : startOf(pair.value)) ?? startOf(pair.key) ?? offset;
    node = pair.value;
  }
  return offset;
}

interface Entry {
  /** Absent for the items of a list. */
  readonly key?: unknown;
  readonly value: unknown;
}

function entryAt(document: Document, parent: unknown, step: string | number): Entry | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return item === undefined ? undefined : { key: item, value: item };
  }
  return isMap(node) ? pairAt(document, node, String(step)) : undefined;
}

function pairAt(document: Document, map: YAMLMap, key: string): Entry | undefined {
  const own = map.items.find((pair) => keyText(pair) === key);
  if (own !== undefined) return own;
  for (const pair of map.items.filter((candidate) => keyText(candidate) === "<<")) {
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
    for (const source of sources) {
      const found = entryAt(document, source, key);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The text of a mapping's key. */
export function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function isEmpty(value: unknown): boolean {
  return value === null || (isScalar(value) && value.value === null && value.source === "");
}

function startOf(value: unknown): number | undefined {
  const node: Node | undefined = isPair(value) ? undefined : nodeOf(value);
  return node?.range?.[0];
}

function nodeOf(value: unknown): Node | undefined {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : undefined;
}
