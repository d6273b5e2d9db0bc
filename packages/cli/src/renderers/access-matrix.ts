import type { Access, AccessMatrix } from "@flurry/secrets";

import type { Colors } from "./colors.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

const signs = {
  reads: { sign: "✓", color: "green", meaning: "reads" },
  likely: { sign: "~", color: "green", meaning: "reads by the policy; the file does not tell" },
  missing: { sign: "✗", color: "yellow", meaning: "should read and cannot" },
  extra: { sign: "!", color: "red", meaning: "can read and should not" },
  clear: { sign: "?", color: "red", meaning: "not encrypted: anyone reads" },
  none: { sign: "·", color: "dim", meaning: "" },
} as const satisfies Record<Access, { sign: string; color: keyof Colors; meaning: string }>;

/** Who reads what: a row a file, a column a reader. */
export function renderMatrix({ readers, rows }: AccessMatrix, view: TableView): string {
  if (rows.length === 0) return "no files of secrets\n";
  const { colors } = view;
  const table = renderTable(
    ["file", ...readers.map(({ name }) => name)],
    rows.map(({ path, access }): readonly Cell[] => [
      path,
      ...access.map((one) => ({ text: signs[one].sign, color: colors[signs[one].color] })),
    ]),
    { ...view, columns: undefined },
  );
  const used = new Set(rows.flatMap(({ access }) => access));
  const legend = (["likely", "missing", "extra", "clear"] as const)
    .filter((one) => used.has(one))
    .map((one) => `${colors[signs[one].color](signs[one].sign)} ${signs[one].meaning}\n`);
  return `${table}${legend.length === 0 ? "" : `\n${legend.join("")}`}`;
}

/** The same as CSV (RFC 4180): a header with the readers, a line a file. */
export function matrixCsv({ readers, rows }: AccessMatrix): string {
  const lines = [
    ["file", ...readers.map(({ name }) => name)],
    ...rows.map(({ path, access }) => [path, ...access.map((one) => (one === "none" ? "" : one))]),
  ];
  return lines.map((fields) => `${fields.map(csvField).join(",")}\r\n`).join("");
}

/** A field that a spreadsheet would take for a formula is one of text. */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
