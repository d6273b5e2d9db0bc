import type { ExposedValue } from "@flurry/secrets";

import { count } from "./measures.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

const states = {
  same: { text: "still in use", color: "red" },
  unknown: { text: "may still be in use", color: "yellow" },
  other: { text: "changed since", color: "green" },
  gone: { text: "gone", color: "dim" },
} as const;

/** What somebody could ever read, as a list of what to change where it comes from; what is done already comes last. */
export function renderExposure(name: string, exposure: readonly ExposedValue[], view: TableView): string {
  if (exposure.length === 0) return `\nNo version of any file in git was ever for ${name}.\n`;
  const open = exposure.filter(({ now }) => now === "same" || now === "unknown");
  const done = exposure.length - open.length;
  const head = `\n${name} could read ${count(exposure.length, "value")}, and knows them whatever is rekeyed.\n`;
  if (open.length === 0) return `${head}All of them were changed or removed since.\n`;
  const rows = open.map(({ path, value, until, now, certain }): readonly Cell[] => [
    "[ ]",
    path,
    value ?? "(the file)",
    { text: states[now].text, color: view.colors[states[now].color] },
    certain ? "" : "if they were among its recipients",
    `${until.at.slice(0, 10)} ${until.commit.slice(0, 8)}`,
  ]);
  const table = renderTable(["", "file", "value", "now", "", "last seen"], rows, view);
  const rest = done === 0 ? "" : `${count(done, "other")} changed or gone since.\n`;
  return `${head}Change these where they come from, then put the new ones in with flurry secrets set:\n${table}${rest}`;
}
