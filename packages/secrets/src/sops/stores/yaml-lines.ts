import { isSealedComment } from "../cipher.ts";
import { leaf } from "../tree.ts";
import type { CommentNode, Entry, Leaf, ListNode, MapNode, TreeNode } from "../tree.ts";
import { emptyLayout } from "./yaml-layout.ts";
import type { YamlLayout } from "./yaml-layout.ts";
import type { YamlTree } from "./yaml-read.ts";
import { resolvePlain } from "./yaml-resolve.ts";

/*
 * Nearly every file of SOPS is what SOPS itself prints: keys and values of one line each, lists and maps indented below
 * their keys, comments on lines of their own above a key, blocks only for armored keys. Such a file is read here line by line, in a small part of the time that the
 * general parser takes, which is felt where a thousand files are rekeyed. Whatever is not exactly of that kind is left to
 * the general parser; both give the same tree and the same layout for what both read.
 */

/** Printable ASCII in lines that all end. */
const plainText = /^[\n -~]+\n$/;
const commentLine = /( *)#([^\n]*)\n/y;
const itemLine = /( *)- ([^ \n][^\n]*)\n/y;
const quoted = /^(?:"([^"\\]*)"|'([^']*)')$/;
const plainStart = /^[A-Za-z0-9_/+.]/;
const plainEnd = /: | #|[: ]$/;

const maxKey = 200;
/** For each character of ASCII whether a key has it (1), and may begin with it (2). */
const keyCharacters = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCodePoint(code);
  return /[A-Za-z0-9_]/.test(character) ? 2 : /[./-]/.test(character) ? 1 : 0;
});
const [space, dash, colon] = [32, 45, 58];

/** Deeper, or longer, files are not what SOPS is used for; the general parser has the limits. */
const maxLevels = 40;
const maxLength = 1024 * 1024;

/** A line that is no part of a block of text. */
interface Line {
  /** Comments on the lines above it, in the same column as its key. */
  readonly above: readonly CommentNode[];
  readonly start: number;
  /** The column of its dash, or else of its key. */
  readonly indent: number;
  readonly hasDash: boolean;
  /** Undefined for an item of a list that is a scalar. */
  readonly key: string | undefined;
  /** Empty where the value is in the lines below. */
  readonly value: string;
  readonly valueAt: number;
  readonly end: number;
}

/**
 * Reads a document of the form that SOPS prints.
 *
 * @returns undefined for any other text, also for one that is no YAML
 */
export function readYamlLines(text: string): YamlTree | undefined {
  if (text.length > maxLength || !plainText.test(text)) return undefined;
  const lines = new LineReader(text);
  const root = lines.line?.indent === 0 && !lines.line.hasDash ? lines.map(0, 0) : undefined;
  return root === undefined || !lines.isAtEnd ? undefined : { root, layout: lines.layout, hasAliases: false };
}

class LineReader {
  readonly layout: YamlLayout = emptyLayout();
  /** The next line that is not read; undefined at the end, and where a line is of another form. */
  line: Line | undefined;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#goTo(0);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** The map whose first entry is on the line at hand. */
  map(column: number, level: number): MapNode | undefined {
    const items: (Entry | CommentNode)[] = [];
    const keys = new Set<string>();
    for (let line = this.line; line !== undefined; line = this.line) {
      if (keys.size > 0 && (line.hasDash || line.indent !== column)) break;
      const { key, start, above } = line;
      if (key === undefined || keys.has(key) || !isText(key)) return undefined;
      const value = this.#value(line, column, level);
      if (value === undefined) return undefined;
      keys.add(key);
      const entry: Entry = { kind: "entry", key, value };
      items.push(...above, entry);
      this.layout.lines.set(entry, { start, end: start + column });
    }
    const node: MapNode = { kind: "map", items };
    this.layout.columns.set(node, column);
    return node;
  }

  #list(column: number, level: number): ListNode | undefined {
    const items: TreeNode[] = [];
    for (let line = this.line; line?.hasDash === true && line.indent === column; line = this.line) {
      const item = line.key === undefined ? this.#scalarItem(line) : this.map(column + 2, level + 1);
      if (item === undefined) return undefined;
      items.push(item);
      this.layout.lines.set(item, { start: line.start, end: line.start + column });
    }
    const node: ListNode = { kind: "list", items };
    this.layout.columns.set(node, column);
    return node;
  }

  #scalarItem({ value, valueAt, indent, end }: Line): Leaf | undefined {
    this.#goTo(end);
    // SOPS writes an encrypted comment of a list as an item.
    return isSealedComment(value) ? undefined : this.#scalar(value, valueAt, indent);
  }

  #value(line: Line, column: number, level: number): TreeNode | undefined {
    const { value, valueAt, end } = line;
    if (value === "|" || value === "|-") return this.#block(line, column);
    this.#goTo(end);
    if (value === "[]" || value === "{}") {
      const node: TreeNode = { kind: value === "[]" ? "list" : "map", items: [] };
      this.layout.flows.set(node, { start: valueAt, end: valueAt + 2 });
      return node;
    }
    if (value !== "") return this.#scalar(value, valueAt, column);
    const below = this.line;
    if (below === undefined || below.indent <= column || level > maxLevels) return undefined;
    return below.hasDash ? this.#list(below.indent, level + 1) : this.map(below.indent, level + 1);
  }

  /** A value on one line. A line below that belonged to it as well would be none that its map or list takes. */
  #scalar(text: string, at: number, column: number): Leaf | undefined {
    const found = quoted.exec(text);
    if (found !== null) return this.#leaf(found[1] ?? found[2] ?? "", { start: at, end: at + text.length, column });
    if (!plainStart.test(text) || plainEnd.test(text)) return undefined;
    const value = resolvePlain(text);
    if (typeof value === "symbol") return undefined;
    const node = leaf(value, { start: at, end: at + text.length });
    this.layout.places.set(node, { column, oneLine: false });
    return node;
  }

  /** A literal block: the lines that are indented further than its key. */
  #block({ value, valueAt, end }: Line, column: number): Leaf | undefined {
    const text = this.#text;
    const width = this.#indentAt(end);
    if (width <= column) return undefined;
    const lines: string[] = [];
    let at = end;
    while (at < text.length) {
      const indent = this.#indentAt(at);
      const newline = text.indexOf("\n", at);
      if (indent <= column) break;
      // Blank lines, and lines that are indented less than the first one.
      if (indent < width || at + indent === newline) return undefined;
      lines.push(text.slice(at + width, newline));
      at = newline + 1;
    }
    this.#goTo(at);
    const content = lines.join("\n");
    return this.#leaf(value === "|" ? `${content}\n` : content, { start: valueAt, end: at, column });
  }

  #leaf(value: string, { start, end, column }: { start: number; end: number; column: number }): Leaf {
    const node = leaf({ kind: "str", value }, { start, end });
    this.layout.places.set(node, { column, oneLine: false });
    return node;
  }

  #indentAt(offset: number): number {
    let at = offset;
    while (this.#text.charCodeAt(at) === space) at++;
    return at - offset;
  }

  #goTo(offset: number): void {
    this.#at = offset;
    const above: CommentNode[] = [];
    const start = this.#readComments(offset, above);
    const line = this.#entryAt(start, above) ?? this.#itemAt(start);
    // Which map or list a comment belongs to is only plain where it stands right above a key.
    const isPlain = above.every((node) => line?.hasDash === false && this.#columnOf(node) === line.indent);
    this.line = isPlain ? line : undefined;
  }

  /** @returns where the lines that are comments end */
  #readComments(offset: number, above: CommentNode[]): number {
    let start = offset;
    commentLine.lastIndex = start;
    for (let match = commentLine.exec(this.#text); match !== null; match = commentLine.exec(this.#text)) {
      const [all, { length: column } = "", text = ""] = match;
      const span = { start: start + column + 1, end: start + all.length - 1 };
      const node: CommentNode = { kind: "comment", text, inline: false, span };
      this.layout.lines.set(node, { start, end: start + column });
      above.push(node);
      start += all.length;
    }
    return start;
  }

  #columnOf(comment: CommentNode): number {
    const lines = this.layout.lines.get(comment);
    return lines === undefined ? 0 : lines.end - lines.start;
  }

  /** A line of a key. A regular expression takes three times as long, and this is most of the reading. */
  #entryAt(start: number, above: readonly CommentNode[]): Line | undefined {
    const text = this.#text;
    const indent = this.#indentAt(start);
    let at = start + indent;
    const hasDash = text.charCodeAt(at) === dash && text.charCodeAt(at + 1) === space;
    if (hasDash) at += 2;
    const keyAt = at;
    if (keyCharacters[text.charCodeAt(at)] !== 2) return undefined;
    while ((keyCharacters[text.charCodeAt(at)] ?? 0) > 0) at++;
    if (at - keyAt > maxKey || text.charCodeAt(at) !== colon) return undefined;
    const key = text.slice(keyAt, at);
    at += 1;
    const valueAt = at + this.#indentAt(at);
    const last = text.indexOf("\n", valueAt);
    // Blanks and no value.
    if (valueAt === last ? valueAt > at : valueAt === at) return undefined;
    return { above, start, indent, hasDash, key, value: text.slice(valueAt, last), valueAt, end: last + 1 };
  }

  #itemAt(start: number): Line | undefined {
    itemLine.lastIndex = start;
    const match = itemLine.exec(this.#text);
    if (match === null) return undefined;
    const [all, { length: indent } = "", value = ""] = match;
    const valueAt = start + indent + 2;
    return { above: [], start, indent, hasDash: true, key: undefined, value, valueAt, end: start + all.length };
  }
}

/** Whether a key is a text to SOPS, and not a number, a time or the like. */
function isText(key: string): boolean {
  const value = resolvePlain(key);
  return typeof value !== "symbol" && value.kind === "str";
}
