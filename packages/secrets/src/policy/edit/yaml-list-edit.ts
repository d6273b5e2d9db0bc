import { isAlias, isScalar, isSeq } from "yaml";
import type { Node, YAMLSeq } from "yaml";

import type { TextEdit } from "../../sops/stores/store.ts";
import type { PlacedYaml } from "../placed-yaml.ts";

/**
 * Puts an item at the end of a list, in the way the list is written; nothing else of the file changes.
 *
 * @param item - the text of the item, for example `*nas`
 * @param comment - said after an item that has a line of its own
 * @returns undefined when the list is written in a way that this does not know
 */
export function appendItem(
  yaml: PlacedYaml,
  list: YAMLSeq,
  { item, comment }: { readonly item: string; readonly comment?: string },
): TextEdit | undefined {
  if (list.flow === true) return appendToFlow(yaml, list, item);
  const { text } = yaml;
  const line = lineOfItem(yaml, list.items.at(-1));
  if (line === undefined) return undefined;
  const prefix = /^(\s*)- /.exec(text.slice(line.start, line.end))?.[1];
  if (prefix === undefined) return undefined;
  const newline = text.slice(line.end).startsWith("\r\n") ? "\r\n" : "\n";
  const added = `${prefix}- ${item}${comment === undefined ? "" : ` # ${comment}`}`;
  return { start: line.end, end: line.end, text: `${newline}${added}` };
}

function appendToFlow({ text }: PlacedYaml, list: YAMLSeq, item: string): TextEdit | undefined {
  const { range } = list;
  if (range === undefined || range === null || text[range[1] - 1] !== "]") return undefined;
  const last = list.items.at(-1);
  const end = isScalar(last) || isAlias(last) ? last.range?.[1] : undefined;
  if (list.items.length > 0 && end === undefined) return undefined;
  // Behind the last item, so that what stands before the bracket stays there; unless a comma does.
  const at = end ?? range[0] + 1;
  if (text.slice(at, range[1] - 1).includes(",")) return undefined;
  return { start: at, end: at, text: `${list.items.length === 0 ? "" : ", "}${item}` };
}

/**
 * Takes an item out of a list.
 *
 * @returns undefined when the list is written in a way that this does not know
 */
export function removeItem(yaml: PlacedYaml, list: YAMLSeq, index: number): TextEdit | undefined {
  const { text } = yaml;
  const item = list.items[index];
  if (list.flow === true) return removeFromFlow(yaml, list, index);
  const line = lineOfItem(yaml, nodeOf(item));
  if (line === undefined || !/^\s*- /.test(text.slice(line.start, line.end))) return undefined;
  // The dash of a list may stand on the line of its first item.
  if (/^\s*- (?:- |[\w&]+: *- )/.test(text.slice(line.start, line.end))) return undefined;
  const end = text.startsWith("\r\n", line.end) ? line.end + 2 : Math.min(line.end + 1, text.length);
  return { start: line.start, end, text: "" };
}

function removeFromFlow({ text }: PlacedYaml, list: YAMLSeq, index: number): TextEdit | undefined {
  const [own, before, after] = [list.items[index], list.items[index - 1], list.items[index + 1]].map(
    (node) => nodeOf(node)?.range,
  );
  if (own === undefined || own === null) return undefined;
  if (before !== undefined && before !== null) return { start: before[1], end: own[1], text: "" };
  if (after === undefined || after === null) return { start: own[0], end: own[1], text: "" };
  return own[0] <= after[0] && text.slice(own[1], after[0]).trim() === ","
    ? { start: own[0], end: after[0], text: "" }
    : undefined;
}

/**
 * Puts a key at the end of a text of keys with commas.
 *
 * @returns undefined when the text is written in a way that this does not know
 */
export function appendToText(yaml: PlacedYaml, node: unknown, key: string): TextEdit | undefined {
  if (!isScalar(node) || typeof node.value !== "string" || node.range === null || node.range === undefined)
    return undefined;
  const { text } = yaml;
  const [start, end] = node.range;
  switch (node.type) {
    case "PLAIN":
      return { start: end, end, text: `,${key}` };
    case "QUOTE_DOUBLE":
    case "QUOTE_SINGLE":
      return { start: end - 1, end: end - 1, text: `,${key}` };
    case "BLOCK_FOLDED":
    case "BLOCK_LITERAL": {
      const body = text.slice(start, end);
      const last = body.trimEnd();
      const indent = /\n([ \t]+)\S[^\n]*$/.exec(last)?.[1];
      if (indent === undefined || (node.type === "BLOCK_LITERAL" && !last.includes("\n"))) return undefined;
      const at = start + last.length;
      return { start: at, end: at, text: `${last.endsWith(",") ? "" : ","}\n${indent}${key}` };
    }
    default:
      return undefined;
  }
}

/** Takes a key out of a text of keys with commas. */
export function removeFromText(
  yaml: PlacedYaml,
  node: unknown,
  isKey: (text: string) => boolean,
): TextEdit[] | undefined {
  if (!isScalar(node) || node.range === null || node.range === undefined) return undefined;
  const [start, end] = node.range;
  const body = yaml.text.slice(start, end);
  const parts = [...body.matchAll(/[^,\s"'>|-][^,\n"']*/g)].map((match) => ({
    text: match[0].trim(),
    at: match.index,
  }));
  const found = parts.filter((part) => isKey(part.text));
  if (found.length !== 1 || parts.length < 2) return undefined;
  const [own] = found;
  if (own === undefined) return undefined;
  const index = parts.indexOf(own);
  const [previous, next] = [parts[index - 1], parts[index + 1]];
  const from = previous === undefined ? own.at : previous.at + previous.text.length;
  const to = previous === undefined ? (next?.at ?? own.at) : own.at + own.text.length;
  return [{ start: start + from, end: start + to, text: "" }];
}

/** The line of an item that has one to itself. */
function lineOfItem({ text }: PlacedYaml, item: unknown): { readonly start: number; readonly end: number } | undefined {
  const range = nodeOf(item)?.range;
  if (range === undefined || range === null) return undefined;
  const start = text.lastIndexOf("\n", range[0] - 1) + 1;
  let end = text.indexOf("\n", range[0]);
  if (end === -1) end = text.length;
  if (text[end - 1] === "\r") end--;
  return range[1] <= end ? { start, end } : undefined;
}

function nodeOf(value: unknown): Node | undefined {
  return isScalar(value) || isAlias(value) || isSeq(value) ? value : undefined;
}
