import type { HostChange } from "@flurry/nix";

import type { Colors } from "./colors.ts";
import { reasonsJson, reasonsText } from "./evaluation-table.ts";
import { count, shortPath } from "./measures.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

/** The hosts that a change affects, one row each, and a line that sums up. */
export function renderChanges(changes: readonly HostChange[], since: string, view: TableView): string {
  const rows = changes.flatMap((change) => rowOf(change, view.colors));
  const table = rows.length === 0 ? "" : renderTable(["host", "change", "derivation", "why"], rows, view);
  const affected = `${rows.length} of ${count(changes.length, "host")}`;
  return `${table}${affected} affected by what changed since ${since}\n`;
}

function rowOf(change: HostChange, colors: Colors): readonly (readonly Cell[])[] {
  const { host } = change;
  switch (change.status) {
    case "unchanged":
      return [];
    case "failed":
      return [[host, { text: "✗ fails", color: colors.red }, "", change.error.message]];
    case "changed": {
      const { before, drvPath, reasons } = change;
      const word = before === undefined ? "+ new" : "~ changed";
      const derivation = before === undefined ? shortPath(drvPath) : `${shortPath(before)} → ${shortPath(drvPath)}`;
      return [[host, { text: word, color: colors.yellow }, derivation, reasonsText(reasons)]];
    }
  }
}

/** A change as `--json` shows it. */
export function changeJson(change: HostChange): object {
  switch (change.status) {
    case "unchanged":
      return change;
    case "failed":
      return { ...change, error: change.error.toJSON() };
    case "changed":
      return { ...change, reasons: reasonsJson(change.reasons) };
  }
}
