import type { FileReader, PolicyFile } from "@flurry/secrets";

import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

/** What becomes of each file, one row each. */
export function renderRekeyPlan(
  files: readonly { readonly name: string; readonly file: PolicyFile; readonly action: "recipients" | "rotate" }[],
  view: TableView,
): string {
  const { colors } = view;
  const rows = files.map(({ name, file: { drift }, action }): readonly Cell[] => [
    name,
    { text: names("+", drift?.missing), color: colors.green },
    { text: names("-", drift?.extra), color: colors.red },
    action === "rotate" ? "new data key" : "same data key",
    drift?.groups ?? "",
  ]);
  return renderTable(["file", "gets", "loses", "key", "groups"], rows, view);
}

function names(sign: string, readers: readonly FileReader[] = []): string {
  return [...new Set(readers.map(({ reader }) => `${sign}${reader}`))].join(" ");
}
