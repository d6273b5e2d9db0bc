import { FlurryError } from "@flurry/core";

import { pathError, putNode } from "../change-tree.ts";
import { sameScalar } from "../diff-leaves.ts";
import { flatten, unflatten } from "../flatten.ts";
import type { FlatField } from "../flatten.ts";
import { entriesOf, str } from "../tree.ts";
import type { CommentNode, Entry, Leaf, MapNode, Scalar, Span, TreeNode, TreePath } from "../tree.ts";
import { plainText } from "./dotenv.ts";
import { quoteIniKey, quoteIniValue, readIni } from "./ini-text.ts";
import type { IniKey, IniSection } from "./ini-text.ts";
import { applyEdits, decodeText, syntaxError } from "./store.ts";
import type { ParsedText, ReadOptions, Store, TextEdit } from "./store.ts";

export const iniStore: Store = {
  format: "ini",
  read: (bytes, options) => parseIni(decodeText(bytes, options), options),
  readPlain: (bytes, options) => parseIni(decodeText(bytes, options), options),
};

function parseIni(text: string, options: ReadOptions): ParsedText {
  const { sections, trailing } = readIni(text, options);
  const own = sections.filter((section) => section.name === "sops");
  if (own.length > 1) throw syntaxError("it has two sections named sops", options);
  const metadata = own[0];
  const others = sections.filter((section, index) => section !== metadata && (index > 0 || section.keys.length > 0));
  // What stands above the section of the metadata belongs to no value; it goes with the section before.
  const strays = [metadata?.comment, trailing].filter((comment) => comment !== undefined);
  const content: MapNode = {
    kind: "map",
    items: others.map((section, index) => sectionEntry(section, index === others.length - 1 ? strays : [])),
  };
  return {
    text,
    documents: [content],
    metadata: metadata === undefined ? undefined : unflatten(metadata.keys.map(flatField)),
    warnings: [],
    leafEdit: (leaf, scalar) => [valueEdit(text, leaf, iniValue(scalar))],
    commentEdit: (comment, next) => [{ ...spanOf(comment.span), text: next }],
    withNode: (path, node) => {
      putNode(content, path, node);
      return applyEdits(text, structuralEdits({ text, sections: others, metadata }, { path, node }));
    },
    metadataEdits: (next) => metadataEdits(text, metadata, next),
    metadataText: metadata === undefined ? "" : text.slice(headerStart(text, metadata), metadata.lines.end),
    adoptMetadata: (own) => [newSection(text, undefined, own)],
  };
}

function sectionEntry(section: IniSection, strays: readonly CommentNode[]): Entry {
  const items: (Entry | CommentNode)[] = section.comment === undefined ? [] : [section.comment];
  for (const key of section.keys) {
    items.push({ kind: "entry", key: key.name, value: key.value });
    // SOPS has the comment of a key behind it, though it stands above it.
    items.push(...key.comments);
  }
  return { kind: "entry", key: section.name, value: { kind: "map", items: [...items, ...strays] } };
}

function flatField(key: IniKey): FlatField {
  const { value } = key.value;
  // Newlines are escaped once more in this format; 3.13.0 and 3.13.1 did not.
  return [key.name, value.kind === "str" ? str(value.value.replaceAll("\\n", "\n"), key.value.span) : key.value];
}

function valueEdit(text: string, leaf: Leaf, value: string): TextEdit {
  const { start, end } = spanOf(leaf.span);
  // An empty value stands directly behind its equals sign.
  const needsBlank = value !== "" && !/\s/.test(text[start - 1] ?? " ");
  return { start, end, text: needsBlank ? ` ${value}` : value };
}

interface Change {
  readonly path: TreePath;
  readonly node: TreeNode | undefined;
}

interface IniParts {
  readonly text: string;
  readonly sections: readonly IniSection[];
  readonly metadata: IniSection | undefined;
}

function structuralEdits(parts: IniParts, { path, node }: Change): TextEdit[] {
  const [section, key, ...rest] = path;
  if (typeof section !== "string" || rest.length > 0) throw shapeError(path);
  if (key === undefined) return sectionEdits(parts, section, { path, node });
  if (typeof key !== "string" || (node !== undefined && node.kind !== "leaf")) throw shapeError(path);
  return keyEdits(parts, section, key, node?.value);
}

function sectionEdits({ text, sections, metadata }: IniParts, name: string, { path, node }: Change): TextEdit[] {
  const section = sections.find((known) => known.name === name);
  if (node === undefined) return section === undefined ? [] : [{ ...section.lines, text: "" }];
  const body = sectionText(name, node, path);
  return [section === undefined ? newSection(text, metadata, body) : { ...section.lines, text: body }];
}

// eslint-disable-next-line max-params -- a file and a place in it
function keyEdits({ text, sections, metadata }: IniParts, name: string, keyName: string, scalar?: Scalar): TextEdit[] {
  const section = sections.find((known) => known.name === name);
  const key = section?.keys.find((known) => known.name === keyName);
  if (scalar === undefined) return key === undefined ? [] : [{ ...key.lines, text: "" }];
  if (key !== undefined) return [valueEdit(text, key.value, iniValue(scalar))];
  if (section === undefined) return [newSection(text, metadata, `[${name}]\n${iniLine(keyName, scalar)}`)];
  return [insertLines(text, section, iniLine(keyName, scalar, widthOf(text, section)))];
}

function shapeError(path: TreePath): Error {
  return pathError(path, "an INI file has named sections with single values");
}

function sectionText(name: string, node: TreeNode, path: TreePath): string {
  if (node.kind !== "map" || name === "" || /[\]\n\r\0]/.test(name)) {
    throw shapeError(path);
  }
  const lines = entriesOf(node).map(({ key, value }) => {
    if (value.kind !== "leaf") throw shapeError([...path, key]);
    return iniLine(key, value.value);
  });
  return `[${name}]\n${lines.join("")}`;
}

function newSection(text: string, metadata: IniSection | undefined, body: string): TextEdit {
  const at = metadata?.lines.start ?? text.length;
  const before = at > 0 && text[at - 1] !== "\n" ? "\n\n" : text.slice(0, at).endsWith("\n\n") || at === 0 ? "" : "\n";
  return { start: at, end: at, text: `${before}${body}${metadata === undefined ? "" : "\n"}` };
}

function insertLines(text: string, section: IniSection, lines: string): TextEdit {
  const at = section.lines.end;
  return { start: at, end: at, text: at > 0 && text[at - 1] !== "\n" ? `\n${lines}` : lines };
}

/** The column of the equals signs of a section, so that a new line stands in line. */
function widthOf(text: string, section: IniSection): number {
  const last = section.keys.at(-1);
  if (last === undefined) return 0;
  const line = text.slice(last.lines.start, last.lines.end);
  return Math.max(0, line.search(/ [=:]/));
}

function iniLine(name: string, scalar: Scalar, width = 0): string {
  const key = quoteIniKey(name);
  if (key === undefined) {
    throw new FlurryError("FLURRY_SOPS_VALUE_UNSUPPORTED", `An INI file cannot have the key ${JSON.stringify(name)}`);
  }
  return `${key.padEnd(width)} = ${iniValue(scalar)}\n`;
}

function iniValue(scalar: Scalar): string {
  const quoted = quoteIniValue(plainText(scalar));
  if (quoted !== undefined) return quoted;
  throw new FlurryError(
    "FLURRY_SOPS_VALUE_UNSUPPORTED",
    "An INI file has no quotes in which this value stays as it is",
  );
}

function metadataEdits(text: string, section: IniSection | undefined, next: MapNode | undefined): TextEdit[] {
  if (next === undefined) return section === undefined ? [] : [withoutSection(text, section)];
  const wanted = new Map<string, Scalar>(flatten(next).map(([name, value]) => [name, escaped(value.value)]));
  if (section === undefined) {
    const width = Math.max(...Array.from(wanted.keys(), (name) => name.length));
    const lines = Array.from(wanted, ([name, value]) => iniLine(name, value, width)).join("");
    return [newSection(text, undefined, `[sops]\n${lines}`)];
  }
  const edits: TextEdit[] = [];
  for (const key of section.keys) {
    const value = wanted.get(key.name);
    wanted.delete(key.name);
    if (value === undefined) edits.push({ ...key.lines, text: "" });
    else if (!sameScalar(escaped(key.value.value), value)) edits.push(valueEdit(text, key.value, iniValue(value)));
  }
  const width = widthOf(text, section);
  const added = Array.from(wanted, ([name, value]) => iniLine(name, value, width)).join("");
  if (added !== "") edits.push(insertLines(text, section, added));
  return edits;
}

/** Takes the blank line with it that was put before the section. */
function withoutSection(text: string, section: IniSection): TextEdit {
  const start = headerStart(text, section);
  const blank = text.slice(0, start).endsWith("\n\n") && section.lines.end >= text.length;
  return { start: blank ? start - 1 : start, end: section.lines.end, text: "" };
}

function headerStart(text: string, section: IniSection): number {
  const { comment, lines } = section;
  return comment === undefined ? lines.start : text.indexOf("\n", comment.span?.end ?? lines.start) + 1;
}

function escaped(scalar: Scalar): Scalar {
  return { kind: "str", value: plainText(scalar).replaceAll("\n", "\\n") };
}

function spanOf(span: Span | undefined): Span {
  if (span === undefined) throw new FlurryError("FLURRY_INTERNAL", "A value has no place in its file");
  return span;
}
