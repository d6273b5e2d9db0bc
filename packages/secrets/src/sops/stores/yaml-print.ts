import { formatFloatShort } from "../scalar-bytes.ts";
import { entriesOf, itemsOf } from "../tree.ts";
import type { CommentNode, Scalar, TreeNode } from "../tree.ts";
import { resolvePlain } from "./yaml-resolve.ts";

/** How a file is laid out. */
export interface YamlStyle {
  /** Columns by which what is below a key is indented. */
  readonly step: number;
  /** Columns by which the dash of a list is indented below its key. */
  readonly dash: number;
}

/** As SOPS writes. */
export const sopsStyle: YamlStyle = { step: 4, dash: 4 };

/** Where a scalar stands. */
export interface ScalarPlace {
  /** The column of the key or dash that it belongs to. */
  readonly column: number;
  readonly style: YamlStyle;
  /** Line breaks cannot be written as a block here: between brackets, or with a comment behind. */
  readonly oneLine: boolean;
}

const ambiguous =
  /^(?:[yY]|[yY]es|YES|[nN]|[nN]o|NO|[oO]n|ON|[oO]ff|OFF|=|<<|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)$/;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;

/** A scalar as YAML text that reads back as the same value of the same type. */
export function printScalar(scalar: Scalar, place: ScalarPlace): string {
  switch (scalar.kind) {
    case "null":
      return "null";
    case "bool":
      return String(scalar.value);
    case "int":
      return scalar.value.toString();
    case "time":
      return scalar.value;
    case "float":
      return printFloat(scalar.value);
    case "bytes":
      return `!!binary ${Buffer.from(scalar.value).toString("base64")}`;
    case "str":
      return printString(scalar.value, place);
  }
}

function printFloat(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  const text = formatFloatShort(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function printString(value: string, place: ScalarPlace): string {
  if (value.includes("\n")) return (place.oneLine ? undefined : literal(value, place)) ?? doubleQuoted(value);
  if (unprintable.test(value) || value.includes("\t") || value === "" || ambiguous.test(value)) {
    return doubleQuoted(value);
  }
  const resolved = resolvePlain(value);
  if (typeof resolved === "symbol" || resolved.kind !== "str") return doubleQuoted(value);
  return isPlain(value, place.oneLine) ? value : `'${value.replaceAll("'", "''")}'`;
}

function isPlain(value: string, inFlow: boolean): boolean {
  if (/^[-?:](?:\s|$)|^[,[\]{}#&*!|>'"%@`]|^(?:---|\.\.\.)/.test(value)) return false;
  if (/^\s|\s$|:\s|\s#|:$/.test(value)) return false;
  return !inFlow || !/[,[\]{}]|:[,[\]{}]|^[-?:]/.test(value);
}

function doubleQuoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A literal block; undefined for text that does not come back from one unchanged. */
function literal(value: string, { column, style }: ScalarPlace): string | undefined {
  if (/[ \t]\n|[ \t]$/.test(value) || unprintable.test(value)) return undefined;
  const content = contentColumn(column, style);
  const width = content - column;
  const indicator = /^[ \n]/.test(value) ? String(width) : "";
  if (indicator !== "" && width > 9) return undefined;
  const ending = value === "\n" || value.endsWith("\n\n") ? "+" : value.endsWith("\n") ? "" : "-";
  const lines = value.endsWith("\n") ? value.slice(0, -1).split("\n") : value.split("\n");
  const pad = " ".repeat(content);
  return `|${indicator}${ending}\n${lines.map((line) => (line === "" ? "" : pad + line)).join("\n")}`;
}

/** The column of what is below a key: the next step, so that blocks in lists line up as SOPS has them. */
function contentColumn(column: number, { step }: YamlStyle): number {
  return column - (column % step) + step;
}

/** A key as YAML text. */
function printKey(key: string): string {
  if (key === "<<") return key;
  return printString(key, { column: 0, style: sopsStyle, oneLine: true });
}

/** An entry of a block map with everything below it, as whole lines. */
export function printEntry(key: string, value: TreeNode, column: number, style: YamlStyle): string {
  const head = `${" ".repeat(column)}${printKey(key)}:`;
  if (value.kind === "leaf") return `${head} ${printScalar(value.value, { column, style, oneLine: false })}\n`;
  if (value.items.length === 0) return `${head} ${value.kind === "map" ? "{}" : "[]"}\n`;
  const isStep = value.kind === "map" || style.dash === style.step;
  return `${head}\n${printBlock(value, isStep ? contentColumn(column, style) : column + style.dash, style)}`;
}

/** A map or list as whole lines, each entry or item at the column. */
export function printBlock(node: TreeNode, column: number, style: YamlStyle): string {
  if (node.kind === "leaf")
    return `${" ".repeat(column)}${printScalar(node.value, { column, style, oneLine: false })}\n`;
  const pad = " ".repeat(column);
  const empty = node.items.every((item) => item.kind === "comment")
    ? `${pad}${node.kind === "map" ? "{}" : "[]"}\n`
    : "";
  if (node.kind === "list") return node.items.map((item) => printItem(item, column, style)).join("") + empty;
  const lines: string[] = [];
  let inline = "";
  for (const item of node.items) {
    if (item.kind === "comment") {
      if (item.inline) inline += ` #${item.text}`;
      else lines.push(`${pad}#${item.text}\n`);
      continue;
    }
    const text = printEntry(item.key, item.value, column, style);
    // A comment behind a value of several lines moves above it.
    if (inline !== "" && text.indexOf("\n") === text.length - 1) lines.push(`${text.slice(0, -1)}${inline}\n`);
    else lines.push(...(inline === "" ? [] : [`${pad}${inline.trimStart()}\n`]), text);
    inline = "";
  }
  if (inline !== "") lines.push(`${pad}${inline.trimStart()}\n`);
  return lines.join("") + empty;
}

/** A comment as a line of its own. */
export function printComment({ text }: CommentNode, column: number): string {
  return `${" ".repeat(column)}#${text}\n`;
}

/** An item of a block list as whole lines. */
export function printItem(item: TreeNode | CommentNode, column: number, style: YamlStyle): string {
  if (item.kind === "comment") return printComment(item, column);
  const pad = " ".repeat(column);
  if (item.kind === "leaf") return `${pad}- ${printScalar(item.value, { column, style, oneLine: false })}\n`;
  if (item.items.length === 0) return `${pad}- ${item.kind === "map" ? "{}" : "[]"}\n`;
  const inner = printBlock(item, column + 2, style);
  // A comment cannot stand behind the dash.
  return item.items[0]?.kind === "comment" ? `${pad}-\n${inner}` : `${pad}- ${inner.slice(column + 2)}`;
}

/** A node between brackets, on one line. */
export function printFlow(node: TreeNode): string {
  if (node.kind === "leaf") return printScalar(node.value, { column: 0, style: sopsStyle, oneLine: true });
  if (node.kind === "list") return `[${itemsOf(node).map(printFlow).join(", ")}]`;
  return `{${entriesOf(node)
    .map(({ key, value }) => `${printKey(key)}: ${printFlow(value)}`)
    .join(", ")}}`;
}
