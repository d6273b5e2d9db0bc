import { FlurryError } from "@flurry/core";
import type { Issue } from "@flurry/core";

import { putNode } from "../change-tree.ts";
import { diffLeaves } from "../diff-leaves.ts";
import { entriesOf, itemsOf } from "../tree.ts";
import type { Leaf, MapNode, Scalar, Span, TreeNode } from "../tree.ts";
import { jsonScalar, jsonString, readJson } from "./json-text.ts";
import { applyEdits, decodeText, syntaxError } from "./store.ts";
import type { ParsedText, ReadOptions, Store, TextEdit } from "./store.ts";

export const jsonStore: Store = {
  format: "json",
  read: (bytes, options) => parseJson(decodeText(bytes, options), options),
  readPlain: (bytes, options) => {
    const parsed = parseJson(decodeText(bytes, options), options);
    const [repeated] = parsed.warnings;
    // SOPS encrypts both and every reader of JSON then sees one of them.
    if (repeated !== undefined) throw syntaxError(repeated.message, options);
    return parsed;
  },
};

/** @throws FlurryError FLURRY_SOPS_SYNTAX, FLURRY_SOPS_LIMIT */
export function parseJson(text: string, options: ReadOptions): ParsedText {
  const { root, spans, entries, repeated } = readJson(text, options);
  const found = entriesOf(root).filter((entry) => entry.key === "sops");
  if (found.length > 1) throw syntaxError("it has two entries named sops", options);
  const metadata = found[0]?.value;
  if (metadata !== undefined && metadata.kind !== "map") throw syntaxError("its entry sops is not a map", options);
  const content: MapNode = { kind: "map", items: root.items.filter((item) => item !== found[0]) };
  const style = styleOf(text);

  const leafEdit = (leaf: Leaf, scalar: Scalar): TextEdit[] => {
    return [{ ...spanOf(leaf), text: scalarText(scalar) }];
  };
  const rendered = (node: MapNode): string => `${renderJson(node, style, text)}\n`;
  const metadataEdits = (next: MapNode | undefined): TextEdit[] => {
    const changed = next === undefined || metadata === undefined ? undefined : diffLeaves(metadata, next);
    if (changed !== undefined) return changed.flatMap(({ from, to }) => leafEdit(from, to));
    const span = metadata === undefined ? undefined : spans.get(metadata);
    if (next !== undefined && span !== undefined) return [{ ...span, text: renderJson(next, style, text, 1) }];
    const all = [...entries.values()];
    if (next !== undefined)
      return [appended(text, all, `"sops"${style.colon}${renderJson(next, style, "", 1)}`, style)];
    const own = found[0] === undefined ? undefined : entries.get(found[0]);
    return own === undefined ? [] : [removed(text, all, own)];
  };
  return {
    text,
    documents: [content],
    metadata,
    warnings: repeated.map(repeatedKey),
    leafEdit,
    commentEdit: () => [],
    withNode: (path, node) => {
      const changed = putNode(content, path, node);
      const items = metadata === undefined ? changed.items : [...changed.items, entryOf("sops", metadata)];
      return applyEdits(text, [wholeEdit(text, rendered({ kind: "map", items }))]);
    },
    metadataEdits,
    metadataText: ownText(text, found[0] === undefined ? undefined : entries.get(found[0])),
    adoptMetadata: (own) => [appended(text, [...entries.values()], own, style)],
  };
}

function entryOf(key: string, value: TreeNode): MapNode["items"][number] {
  return { kind: "entry", key, value };
}

function ownText(text: string, span: Span | undefined): string {
  return span === undefined ? "" : text.slice(span.start, span.end);
}

/** An entry behind the last one of the top level. */
function appended(text: string, all: readonly Span[], entry: string, { indent }: Style): TextEdit {
  const last = all.at(-1);
  if (last !== undefined) return { start: last.end, end: last.end, text: `,\n${indent}${entry}` };
  const [start, end] = [text.indexOf("{") + 1, text.lastIndexOf("}")];
  return { start, end, text: `\n${indent}${entry}\n` };
}

/** Takes an entry of the top level away with the comma that parts it from its neighbour. */
function removed(text: string, all: readonly Span[], own: Span): TextEdit {
  const index = all.indexOf(own);
  const [before, after] = [all[index - 1], all[index + 1]];
  if (before !== undefined) return { start: before.end, end: own.end, text: "" };
  if (after !== undefined) return { start: own.start, end: after.start, text: "" };
  return { start: text.indexOf("{") + 1, end: text.lastIndexOf("}"), text: "" };
}

/** Replaces everything; used where the layout is the writer's and not the user's. */
function wholeEdit(text: string, replacement: string): TextEdit {
  return { start: 0, end: text.length, text: replacement };
}

function spanOf(leaf: Leaf): Span {
  if (leaf.span === undefined) throw new FlurryError("FLURRY_INTERNAL", "A value has no place in its file");
  return leaf.span;
}

function repeatedKey(key: string): Issue {
  return {
    code: "repeated-key",
    message: `The key ${JSON.stringify(key)} is there more than once in one map`,
    severity: "warning",
    path: [key],
    hint: "Readers of JSON take one of them; remove the others.",
  };
}

interface Style {
  readonly indent: string;
  readonly colon: string;
}

function styleOf(text: string): Style {
  const indent = /^\s*\{\r?\n([ \t]*)"/.exec(text)?.[1];
  // Only the layout of the sort `"key" : value` differs from everyone else's.
  const colon = /^\s*\{\s*"[^"\\]{0,200}"(\s*:[ \t]*)/.exec(text)?.[1];
  return { indent: indent ?? "\t", colon: indent === undefined ? ": " : (colon ?? ": ") };
}

/** A tree as JSON. Values that stand in `source` already are taken from there as they are. */
function renderJson(node: TreeNode, style: Style, source: string, depth = 0): string {
  if (node.kind === "leaf") {
    return node.span === undefined ? scalarText(node.value) : source.slice(node.span.start, node.span.end);
  }
  const inner = `\n${style.indent.repeat(depth + 1)}`;
  const outer = `\n${style.indent.repeat(depth)}`;
  if (node.kind === "map") {
    const parts = entriesOf(node).map(
      ({ key, value }) => jsonString(key) + style.colon + renderJson(value, style, source, depth + 1),
    );
    return parts.length === 0 ? "{}" : `{${inner}${parts.join(`,${inner}`)}${outer}}`;
  }
  const parts = itemsOf(node).map((item) => renderJson(item, style, source, depth + 1));
  return parts.length === 0 ? "[]" : `[${inner}${parts.join(`,${inner}`)}${outer}]`;
}

function scalarText(scalar: Scalar): string {
  const text = jsonScalar(scalar);
  if (text !== undefined) return text;
  throw new FlurryError(
    "FLURRY_SOPS_VALUE_UNSUPPORTED",
    scalar.kind === "bytes" ? "JSON cannot hold bytes that are not UTF-8" : "JSON cannot hold an infinite number",
    { hint: "Take the binary or YAML format for it." },
  );
}
