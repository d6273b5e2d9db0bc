import { leaf } from "../tree.ts";
import type { Entry, Leaf, MapNode, Scalar, Span, TreeNode } from "../tree.ts";
import { limitError, maxDepth, maxNodes, syntaxError } from "./store.ts";
import type { ReadOptions } from "./store.ts";

/** A JSON text with the place of each value. */
export interface JsonText {
  readonly root: MapNode;
  /** The place of each map and list, brackets included. */
  readonly spans: ReadonlyMap<TreeNode, Span>;
  /** The place of each entry of the top level, from its key to its value. */
  readonly entries: ReadonlyMap<Entry, Span>;
  /** Keys that a map has more than once. */
  readonly repeated: readonly string[];
}

const numberAt = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const blank = /[ \t\r\n]*/y;

/**
 * Reads a JSON object and keeps what JSON.parse loses: the order of keys that look like numbers, repeated keys, whole
 * numbers of 64 bits.
 *
 * @throws FlurryError FLURRY_SOPS_SYNTAX, FLURRY_SOPS_LIMIT
 */
export function readJson(text: string, options: ReadOptions): JsonText {
  const spans = new Map<TreeNode, Span>();
  const entries = new Map<Entry, Span>();
  const repeated: string[] = [];
  let at = 0;
  let nodes = 0;

  const fail = (what: string): never => {
    throw syntaxError(what, { ...options, at: { text, offset: at } });
  };
  const skip = (): void => {
    blank.lastIndex = at;
    blank.exec(text);
    at = blank.lastIndex;
  };
  const take = (character: string): boolean => {
    skip();
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const readString = (): string => {
    const end = text[at] === '"' ? endOfString(text, at) : -1;
    if (end === -1) return fail("a text is expected, or is not closed");
    const value = parseString(text.slice(at, end)) ?? fail("a text holds a character that must be escaped");
    at = end;
    // Half a surrogate pair is no character; SOPS reads it as U+FFFD as well.
    return value.replace(/\p{Surrogate}/gu, "\uFFFD");
  };

  const readScalar = (): Leaf => {
    const start = at;
    const done = (value: Scalar): Leaf => leaf(value, { start, end: at });
    if (text[at] === '"') return done({ kind: "str", value: readString() });
    for (const [word, value] of words) {
      if (!text.startsWith(word, at)) continue;
      at += word.length;
      return done(value);
    }
    const digits = match(numberAt);
    if (digits === undefined) return fail("a value is expected");
    return done(jsonNumber(digits) ?? fail("a number is too large"));
  };

  const readList = (depth: number): TreeNode => {
    const items: TreeNode[] = [];
    if (!take("]")) {
      do items.push(readValue(depth + 1));
      while (take(","));
      if (!take("]")) fail("a list is not closed");
    }
    return { kind: "list", items };
  };

  const readMap = (depth: number): MapNode => {
    const items: Entry[] = [];
    const seen = new Set<string>();
    if (!take("}")) {
      do {
        skip();
        const start = at;
        const key = readString();
        if (seen.has(key)) repeated.push(key);
        seen.add(key);
        if (!take(":")) fail("a colon is expected");
        const entry: Entry = { kind: "entry", key, value: readValue(depth + 1) };
        items.push(entry);
        if (depth === 0) entries.set(entry, { start, end: at });
      } while (take(","));
      if (!take("}")) fail("a map is not closed");
    }
    return { kind: "map", items };
  };

  const readValue = (depth: number): TreeNode => {
    if (depth > maxDepth) throw limitError(`it is nested more than ${maxDepth} deep`, options.file);
    if (++nodes > maxNodes) throw limitError(`it has more than ${maxNodes} values`, options.file);
    skip();
    const start = at;
    const open = text[at];
    if (open !== "{" && open !== "[") return readScalar();
    at++;
    const node = open === "{" ? readMap(depth) : readList(depth);
    spans.set(node, { start, end: at });
    return node;
  };

  const root = readValue(0);
  if (root.kind !== "map") return fail("the top level must be a map");
  skip();
  if (at < text.length) fail("there is text behind the end");
  return { root, spans, entries, repeated };
}

/** Behind the closing quote, or -1. A pattern would use a stack frame for each character. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
  return -1;
}

function parseString(source: string): string | undefined {
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

const words: readonly (readonly [string, Scalar])[] = [
  ["true", { kind: "bool", value: true }],
  ["false", { kind: "bool", value: false }],
  ["null", { kind: "null" }],
];

function jsonNumber(digits: string): Scalar | undefined {
  if (/^-?\d{1,19}$/.test(digits)) {
    const value = BigInt(digits);
    if (BigInt.asIntN(64, value) === value) return { kind: "int", value };
  }
  const value = Number(digits);
  return Number.isFinite(value) ? { kind: "float", value } : undefined;
}

const escaped = /[<>&\u2028\u2029]/g;

/** A text as Go writes it: also what could end a script element is escaped. */
export function jsonString(value: string): string {
  return JSON.stringify(value).replace(
    escaped,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** @returns undefined for what JSON cannot hold: bytes that are no text, infinite numbers */
export function jsonScalar(scalar: Scalar): string | undefined {
  switch (scalar.kind) {
    case "null":
      return "null";
    case "str":
    case "time":
      return jsonString(scalar.value);
    case "bytes":
      return undefined;
    case "int":
      return scalar.value.toString();
    case "float":
      if (!Number.isFinite(scalar.value)) return undefined;
      return Object.is(scalar.value, -0) ? "-0" : String(scalar.value);
    case "bool":
      return String(scalar.value);
  }
}
