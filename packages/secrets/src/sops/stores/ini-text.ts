import { str } from "../tree.ts";
import type { CommentNode, Leaf, Span } from "../tree.ts";
import { syntaxError } from "./store.ts";
import type { ReadOptions } from "./store.ts";

/** A key of an INI file. */
export interface IniKey {
  readonly name: string;
  readonly value: Leaf;
  /** From the start of its first line to the end of its last, newline included. */
  readonly lines: Span;
  /** The lines of comment above it as one comment, and that behind it. */
  readonly comments: readonly CommentNode[];
}

/** A section of an INI file; keys above the first header are in one called DEFAULT. */
export interface IniSection {
  readonly name: string;
  /** From its header to the next section or the comments above that. */
  readonly lines: Span;
  readonly comment: CommentNode | undefined;
  readonly keys: readonly IniKey[];
}

/** A comment at the end of a file that belongs to nothing. */
export interface IniText {
  readonly sections: readonly IniSection[];
  readonly trailing: CommentNode | undefined;
}

interface OpenSection {
  readonly name: string;
  readonly start: number;
  readonly comment: CommentNode | undefined;
  readonly keys: IniKey[];
  readonly names: Set<string>;
  end: number;
  counter: number;
}

/**
 * Reads INI as the library of SOPS does (gopkg.in/ini.v1 with its defaults), except that it refuses what that library
 * changes without a word: values that a `;` or `#` cuts off, and keys that are there twice.
 *
 * @throws FlurryError FLURRY_SOPS_SYNTAX
 */
export function readIni(text: string, options: ReadOptions): IniText {
  const nul = text.indexOf("\0");
  if (nul !== -1) throw syntaxError("it holds a NUL", { ...options, at: { text, offset: nul } });
  const start = text.startsWith("\uFEFF") ? 1 : 0;
  const sections: OpenSection[] = [openSection("DEFAULT", { start, end: start }, undefined)];
  let comment: { start: number; end: number; lines: string[] } | undefined;

  const fail = (what: string, offset: number): never => {
    throw syntaxError(what, { ...options, at: { text, offset } });
  };
  const takeComment = (): CommentNode | undefined => {
    if (comment === undefined) return undefined;
    const node = commentNode(comment.lines.join("\n"), comment.start, comment.end);
    comment = undefined;
    return node;
  };
  const addComment = (line: string, offset: number): void => {
    comment ??= { start: offset, end: offset, lines: [] };
    comment.lines.push(line.trimEnd());
    comment.end = offset + line.trimEnd().length;
  };
  const addSection = (line: string, offset: number, lines: Span): void => {
    const close = line.lastIndexOf("]");
    if (close < 2) fail(close === -1 ? "a section header is not closed" : "a section has no name", offset);
    if (/[#;]/.test(line.slice(close + 1))) fail("a comment behind a section header is not supported", offset);
    const above = takeComment();
    sections.push(openSection(line.slice(1, close), { ...lines, start: above?.span?.start ?? lines.start }, above));
  };
  /** Returns where the next line starts: a value may go over several. */
  const addKey = (line: string, offset: number, lines: Span): number => {
    const section = sections.at(-1);
    if (section === undefined) return text.length;
    const name = readName(line, (what) => fail(what, offset));
    const value = readValue(text, offset + name.offset, endOfLine(text, offset), fail);
    const comments = [takeComment(), value.comment].filter((node) => node !== undefined);
    const key = name.name === "-" ? `#${section.counter++}` : name.name;
    if (section.names.has(key)) fail("a key is there twice in its section", offset);
    section.names.add(key);
    section.end = Math.min(value.next, text.length);
    section.keys.push({ name: key, value: value.leaf, lines: { ...lines, end: section.end }, comments });
    return section.end;
  };

  for (let at = start; at < text.length;) {
    const end = endOfLine(text, at);
    const lines = { start: at, end: Math.min(end + 1, text.length) };
    const line = text.slice(at, end).trimStart();
    const offset = end - line.length;
    at = lines.end;
    if (line === "") continue;
    if (line.startsWith("#") || line.startsWith(";")) addComment(line, offset);
    else if (line.startsWith("[")) addSection(line, offset, lines);
    else at = addKey(line, offset, lines);
  }
  const trailing = takeComment();
  const closed = sections.map(({ name, start, end, comment, keys }) => {
    return { name, comment, keys, lines: { start, end } };
  });
  return { trailing, sections: closed };
}

function openSection(name: string, { start, end }: Span, comment: CommentNode | undefined): OpenSection {
  return { name, start, end, comment, keys: [], names: new Set(), counter: 1 };
}

function endOfLine(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  return newline === -1 ? text.length : newline;
}

/** The text without its first mark and the blanks behind it. */
function commentNode(source: string, start: number, end: number, inline = false): CommentNode {
  const mark = source[0] === "#" ? /^[# ]*/ : /^[; ]*/;
  const skipped = mark.exec(source)?.[0].length ?? 0;
  return { kind: "comment", text: source.slice(skipped), inline, span: { start: start + skipped, end } };
}

function readName(line: string, fail: (what: string) => never): { readonly name: string; readonly offset: number } {
  const quote = line.startsWith('"""') && line.length > 6 ? '"""' : /^["`]/.exec(line)?.[0];
  if (quote === undefined) {
    const end = line.search(/[=:]/);
    if (end < 1) return fail(end === 0 ? "a key has no name" : "a line has no equals sign");
    return { name: line.slice(0, end).trim(), offset: end + 1 };
  }
  const close = line.indexOf(quote, quote.length);
  const delimiter = close === -1 ? -1 : line.slice(close + quote.length).search(/[=:]/);
  if (delimiter === -1) return fail("the quote of a key is not closed");
  const name = line.slice(quote.length, close).trim();
  if (name === "") return fail("a key has no name");
  return { name, offset: close + quote.length + delimiter + 1 };
}

interface ReadValue {
  readonly leaf: Leaf;
  readonly comment?: CommentNode | undefined;
  /** Where the next line starts. */
  readonly next: number;
}

type Fail = (what: string, offset: number) => never;

// eslint-disable-next-line max-params -- a text and a place in it, and how to complain
function readValue(text: string, from: number, lineEnd: number, fail: Fail): ReadValue {
  const raw = text.slice(from, lineEnd);
  const line = raw.trim();
  const start = from + (raw.length - raw.trimStart().length);
  const next = lineEnd + 1;
  if (line === "") return { leaf: str("", { start: from, end: lineEnd - (raw.endsWith("\r") ? 1 : 0) }), next };
  const quote = line.length > 3 && line.startsWith('"""') ? '"""' : line.startsWith("`") ? "`" : undefined;
  if (quote !== undefined) return readQuoted(text, start, lineEnd, quote, fail);
  const end = start + line.length;
  if (line.endsWith("\\")) return readContinued(text, start, end, lineEnd);
  const cut = line.search(/[#;]/);
  const valueText = (cut === -1 ? line : line.slice(0, cut)).trim();
  if (cut > 0 && !/\s/.test(line[cut - 1] ?? "")) {
    fail("a value holds ; or #, from which on SOPS takes it for a comment: put the value in backticks", start);
  }
  const leafSpan = { start, end: start + valueText.length };
  const comment = cut === -1 ? undefined : commentNode(line.slice(cut), start + cut, end, true);
  return { leaf: str(unquoted(valueText), leafSpan), comment, next };
}

function unquoted(value: string): string {
  const quote = value[0];
  if (value.length < 2 || (quote !== '"' && quote !== "'") || value.indexOf(quote, 1) !== value.length - 1)
    return value;
  return value.slice(1, -1);
}

// eslint-disable-next-line max-params -- a text and a place in it, and how to complain
function readQuoted(text: string, start: number, lineEnd: number, quote: string, fail: Fail): ReadValue {
  const inner = start + quote.length;
  const line = text.slice(inner, lineEnd);
  const sameLine = line.lastIndexOf(quote);
  if (sameLine !== -1) {
    const end = inner + sameLine + quote.length;
    if (text.slice(end, lineEnd).trim() !== "") fail("there is text behind a quoted value", end);
    return { leaf: str(line.slice(0, sameLine), { start, end }), next: lineEnd + 1 };
  }
  for (let at = lineEnd + 1; at <= text.length;) {
    const end = endOfLine(text, at);
    const close = text.slice(at, end).lastIndexOf(quote);
    if (close !== -1) {
      const span = { start, end: at + close + quote.length };
      if (text.slice(span.end, end).trim() !== "") fail("there is text behind a quoted value", span.end);
      return { leaf: str(text.slice(inner, at + close), span), next: end + 1 };
    }
    at = end + 1;
  }
  return fail("the quote of a value is not closed", start);
}

/** A backslash at the end of a line joins the next one, without its blanks. */
// eslint-disable-next-line max-params -- a text and a place in it
function readContinued(text: string, start: number, firstEnd: number, lineEnd: number): ReadValue {
  const parts = [text.slice(start, firstEnd - 1)];
  let end = firstEnd;
  let at = lineEnd + 1;
  while (at <= text.length) {
    const stop = endOfLine(text, at);
    const part = text.slice(at, stop).trim();
    at = stop + 1;
    if (part === "") break;
    end = stop;
    parts.push(part.endsWith("\\") ? part.slice(0, -1) : part);
    if (!part.endsWith("\\")) break;
  }
  return { leaf: str(parts.join(""), { start, end: Math.min(end, text.length) }), next: at };
}

/**
 * A value in the quotes in which it reads back as it is.
 *
 * @returns undefined when there are none
 */
export function quoteIniValue(value: string): string | undefined {
  const forms = value.includes("\n") ? [`"""${value}"""`] : [value, `\`${value}\``, `"${value}"`, `"""${value}"""`];
  return forms.find((form) => readsBack(`k = ${form}`, "k", value));
}

/** A key in the quotes in which it reads back as it is; undefined when there are none. */
export function quoteIniKey(name: string): string | undefined {
  // What is written as a dash gets its name from its place.
  if (name === "-" || /^#\d+$/.test(name) || name.includes("\n")) return undefined;
  return [name, `\`${name}\``, `"""${name}"""`].find((form) => readsBack(`${form} = v`, name, "v"));
}

function readsBack(line: string, name: string, value: string): boolean {
  try {
    const after = name === "x" ? "y" : "x";
    const [section, ...others] = readIni(`${line}\n${after} = y\n`, {}).sections;
    const [key, guard, ...more] = section?.keys ?? [];
    if (key === undefined || guard?.name !== after || others.length + more.length + key.comments.length > 0)
      return false;
    return key.name === name && key.value.value.kind === "str" && key.value.value.value === value;
  } catch {
    return false;
  }
}
