import { FlurryError } from "@flurry/core";

import { putNode } from "../change-tree.ts";
import { sameScalar } from "../diff-leaves.ts";
import { flatten, unflatten } from "../flatten.ts";
import type { FlatField } from "../flatten.ts";
import { formatFloat, formatFloatShort } from "../scalar-bytes.ts";
import { entriesOf, str } from "../tree.ts";
import type { CommentNode, Entry, Leaf, MapNode, Scalar, Span } from "../tree.ts";
import { applyEdits, decodeText, syntaxError } from "./store.ts";
import type { ParsedText, ReadOptions, Store, TextEdit } from "./store.ts";

const prefix = "sops_";

export const dotenvStore: Store = {
  format: "dotenv",
  read: (bytes, options) => parseDotenv(decodeText(bytes, options), options),
  readPlain: (bytes, options) => parseDotenv(decodeText(bytes, options), options),
};

interface Line {
  readonly item: Entry | CommentNode;
  /** The whole line with its newline. */
  readonly span: Span;
}

function parseDotenv(text: string, options: ReadOptions): ParsedText {
  const lines = [...readLines(text, options)];
  const isMetadata = (line: Line): boolean => line.item.kind === "entry" && line.item.key.startsWith(prefix);
  const fields = lines.filter(isMetadata);
  const content: MapNode = { kind: "map", items: lines.filter((line) => !isMetadata(line)).map((line) => line.item) };
  const lineOf = new Map(lines.map((line) => [line.item, line]));
  return {
    text,
    documents: [content],
    metadata: fields.length === 0 ? undefined : unflatten(fields.map(flatField)),
    warnings: [],
    leafEdit: (leaf, scalar) => [{ ...spanOf(leaf.span), text: dotenvValue(scalar) }],
    commentEdit: (comment, next) => [{ ...spanOf(comment.span), text: oneLine(next) }],
    withNode: (path, node) => {
      const [key, ...rest] = path;
      const found = entriesOf(content).find((entry) => entry.key === key);
      // Raises what is wrong with the path or the value.
      putNode(content, path, node);
      if (typeof key !== "string" || rest.length > 0 || (node !== undefined && node.kind !== "leaf")) {
        throw new FlurryError("FLURRY_SOPS_VALUE_UNSUPPORTED", "A dotenv file holds single values only");
      }
      const line = found === undefined ? undefined : lineOf.get(found);
      if (node === undefined) return applyEdits(text, line === undefined ? [] : [{ ...line.span, text: "" }]);
      checkKey(key);
      const edit =
        found?.value.kind === "leaf" ? { ...spanOf(found.value.span), text: dotenvValue(node.value) } : undefined;
      const after = fields[0]?.span.start ?? text.length;
      return applyEdits(text, [edit ?? insertAt(text, after, `${key}=${dotenvValue(node.value)}\n`)]);
    },
    metadataEdits: (next) => metadataEdits(text, fields, next),
    metadataText: fields.map(({ span }) => text.slice(span.start, span.end)).join(""),
    adoptMetadata: (own) => [insertAt(text, text.length, own)],
  };
}

function* readLines(text: string, options: ReadOptions): Generator<Line> {
  const nul = text.indexOf("\0");
  if (nul !== -1) throw syntaxError("it holds a NUL", { ...options, at: { text, offset: nul } });
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    const span = { start, end: Math.min(end + 1, text.length) };
    if (end > start) yield { item: readLine(text, start, end, options), span };
    start = end + 1;
  }
}

function readLine(text: string, start: number, end: number, options: ReadOptions): Entry | CommentNode {
  if (text[start] === "#") {
    return { kind: "comment", text: text.slice(start + 1, end), inline: false, span: { start: start + 1, end } };
  }
  const equals = text.indexOf("=", start);
  if (equals === -1 || equals >= end) {
    throw syntaxError("a line has no equals sign", { ...options, at: { text, offset: start } });
  }
  const value = text.slice(equals + 1, end).replaceAll("\\n", "\n");
  return { kind: "entry", key: text.slice(start, equals), value: str(value, { start: equals + 1, end }) };
}

function flatField({ item }: Line): FlatField {
  if (item.kind === "comment" || item.value.kind !== "leaf") {
    throw new FlurryError("FLURRY_INTERNAL", "A line of metadata is no value");
  }
  return [item.key.slice(prefix.length), item.value];
}

function metadataEdits(text: string, lines: readonly Line[], next: MapNode | undefined): TextEdit[] {
  const wanted = new Map<string, Leaf>(next === undefined ? [] : flatten(next));
  const edits: TextEdit[] = [];
  for (const line of lines) {
    const [name, old] = flatField(line);
    const value = wanted.get(name);
    wanted.delete(name);
    if (value === undefined) edits.push({ ...line.span, text: "" });
    else if (!sameScalar(asText(old.value), asText(value.value))) {
      edits.push({ ...spanOf(old.span), text: dotenvValue(value.value) });
    }
  }
  const added = Array.from(wanted, ([name, value]) => `${prefix}${name}=${dotenvValue(value.value)}\n`).join("");
  if (added !== "") edits.push(insertAt(text, lines.at(-1)?.span.end ?? text.length, added));
  return edits;
}

/** Everything in this format is text. */
function asText(scalar: Scalar): Scalar {
  return { kind: "str", value: scalar.kind === "null" ? "" : dotenvValue(scalar) };
}

function insertAt(text: string, at: number, lines: string): TextEdit {
  const needsNewline = at > 0 && text[at - 1] !== "\n";
  return { start: at, end: at, text: needsNewline ? `\n${lines}` : lines };
}

/** A value as SOPS writes it to dotenv and INI files. Source: `ValToString` of stores/stores.go. */
export function plainText(scalar: Scalar): string {
  switch (scalar.kind) {
    case "null":
      return "";
    case "str":
    case "time":
      return scalar.value;
    case "bytes":
      throw new FlurryError("FLURRY_SOPS_VALUE_UNSUPPORTED", "The format cannot hold bytes that are not UTF-8");
    case "int":
      return scalar.value.toString();
    case "bool":
      return String(scalar.value);
    case "float": {
      const text = formatFloatShort(scalar.value).toUpperCase();
      return /[.E]|INF|NAN/.test(text) ? text : `${formatFloat(scalar.value)}.0`;
    }
  }
}

function dotenvValue(scalar: Scalar): string {
  return plainText(scalar).replaceAll("\n", "\\n");
}

function oneLine(comment: string): string {
  return comment.replaceAll("\n", " ");
}

function checkKey(key: string): void {
  if (key !== "" && !/[=\n\0]/.test(key) && !key.startsWith("#") && !key.startsWith(prefix)) return;
  throw new FlurryError("FLURRY_SOPS_VALUE_UNSUPPORTED", `A dotenv file cannot have the key ${JSON.stringify(key)}`);
}

function spanOf(span: Span | undefined): Span {
  if (span === undefined) throw new FlurryError("FLURRY_INTERNAL", "A value has no place in its file");
  return span;
}
