import type { Finding } from "../doctor/finding.ts";
import type { Colors } from "./colors.ts";
import { plainLine } from "./plain-text.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

const signs = {
  ok: { sign: "✓", color: "green" },
  poor: { sign: "!", color: "yellow" },
  missing: { sign: "✗", color: "red" },
} as const satisfies Record<Finding["status"], { sign: string; color: keyof Colors }>;

/** What was found, one row each, and below what to do about it. */
export function renderFindings(findings: readonly Finding[], view: TableView): string {
  const { colors } = view;
  const rows = findings.map(({ name, status, text }): readonly Cell[] => {
    const { sign, color } = signs[status];
    return [{ text: `${sign} ${name}`, color: colors[color] }, text];
  });
  const hints = findings.flatMap(({ name, hint }) => (hint === undefined ? [] : [`${name}: ${plainLine(hint)}\n`]));
  return `${renderTable(["needed", "found"], rows, view)}${hints.length === 0 ? "" : `\n${hints.join("")}`}`;
}
