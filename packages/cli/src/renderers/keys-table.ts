import type { UploadKeysResult } from "@flurry/deploy";

import { count } from "./measures.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

/** Which keys were or would be brought to each host. */
export function renderKeys(
  results: readonly UploadKeysResult[],
  { isDryRun, ...view }: TableView & { readonly isDryRun: boolean },
): string {
  const rows = results.map((result): readonly Cell[] => [
    result.host,
    stateOf(result, isDryRun, view),
    result.sent.join(", "),
    result.same.join(", "),
    result.error?.message ?? "",
  ]);
  const head = ["host", "keys", isDryRun ? "would send" : "sent", "there already", "why"];
  return `${renderTable(head, rows, view)}${sumOf(results, isDryRun)}\n`;
}

function stateOf({ error, sent }: UploadKeysResult, isDryRun: boolean, { colors }: TableView): Cell {
  if (error !== undefined) return { text: "✗ failed", color: colors.red };
  if (sent.length === 0) return "= unchanged";
  return isDryRun ? { text: "~ differ", color: colors.yellow } : { text: "✓ uploaded", color: colors.green };
}

function sumOf(results: readonly UploadKeysResult[], isDryRun: boolean): string {
  const sent = results.reduce((sum, result) => sum + result.sent.length, 0);
  const hosts = count(results.filter(({ error }) => error === undefined).length, "host");
  if (isDryRun) return `${count(sent, "key")} would be sent to ${hosts}; nothing was touched`;
  return `${count(sent, "key")} sent to ${hosts}`;
}
