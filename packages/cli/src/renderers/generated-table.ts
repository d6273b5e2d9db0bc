import type { GeneratedFileState } from "../fleet-repository/plan-generated.ts";
import type { Colors } from "./colors.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

/** What became of a generated file. */
export interface GeneratedRow {
  readonly path: string;
  readonly state: GeneratedFileState;
  /** Whether it was written or removed. */
  readonly done: boolean;
}

const notes = {
  new: { done: "written, new", open: "missing", sign: "+", color: "green" },
  updated: { done: "written", open: "out of date", sign: "~", color: "yellow" },
  obsolete: { done: "removed", open: "no longer needed", sign: "-", color: "yellow" },
  same: { done: "up to date", open: "up to date", sign: "=", color: "dim" },
  edited: { done: "written over the edit", open: "edited by hand, left alone", sign: "✗", color: "red" },
  "hand-written": { done: "taken over", open: "hand-written, left alone", sign: "·", color: "dim" },
} as const satisfies Record<GeneratedFileState, { done: string; open: string; sign: string; color: keyof Colors }>;

/** The generated files, one row each. */
export function renderGenerated(rows: readonly GeneratedRow[], view: TableView): string {
  const cells = rows.map(({ path, state, done }): readonly Cell[] => {
    const note = notes[state];
    return [path, { text: `${note.sign} ${done ? note.done : note.open}`, color: view.colors[note.color] }];
  });
  return renderTable(["file", "state"], cells, view);
}
