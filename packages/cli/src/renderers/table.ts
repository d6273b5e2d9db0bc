import Table from "cli-table3";

import type { Colors } from "./colors.ts";
import { plainLine } from "./plain-text.ts";
import { truncate, widest } from "./width.ts";

/** One cell: a text, and how to colour it. */
export type Cell = string | { readonly text: string; readonly color: (text: string) => string };

const border = [
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
  ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
].flat();
const noBorder = Object.fromEntries([...border.map((name) => [name, ""]), ["middle", "  "]]);

/**
 * A table without lines. Columns that say nothing anywhere are left out, and the last one is cut
 * so that a row never breaks.
 *
 * @param columns - the width to fit in; undefined for no limit
 * @returns lines, each ended by a line feed
 */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  view: { readonly colors: Colors; readonly columns: number | undefined },
): string {
  const used = head.map((_, at) => at).filter((at) => rows.some((row) => textOf(row[at] ?? "") !== ""));
  const last = used.at(-1);
  const room = lastColumnRoom(head, rows, { used, columns: view.columns });
  const fit = (text: string, at: number): string => (at === last ? truncate(text, room) : text);
  const table = new Table({ chars: noBorder, style: { "padding-left": 0, "padding-right": 0, head: [], border: [] } });
  table.push(
    used.map((at) => view.colors.dim(fit(head[at] ?? "", at))),
    ...rows.map((row) => used.map((at) => paint(row[at] ?? "", (text) => fit(text, at)))),
  );
  return `${table.toString().replaceAll(/ +(?=\n|$)/g, "")}\n`;
}

function lastColumnRoom(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  { used, columns }: { readonly used: readonly number[]; readonly columns: number | undefined },
): number {
  if (columns === undefined) return Number.POSITIVE_INFINITY;
  const before = used.slice(0, -1).map((at) => {
    const texts = [head[at] ?? "", ...rows.map((row) => textOf(row[at] ?? ""))];
    return widest(texts, columns) + 2;
  });
  return Math.max(8, columns - before.reduce((sum, width) => sum + width, 0));
}

function textOf(cell: Cell): string {
  return plainLine(typeof cell === "string" ? cell : cell.text);
}

function paint(cell: Cell, fit: (text: string) => string): string {
  const text = fit(textOf(cell));
  return typeof cell === "string" ? text : cell.color(text);
}
