import type { Evaluation } from "@flurry/nix";

import type { Colors } from "./colors.ts";
import { reasonsText } from "./evaluation-table.ts";
import { byteSize, count, timeSpan } from "./measures.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

const head = ["host", "answer", "verified", "time", "memory", "why"];

/** Where the answer for each host comes from and what it took, and a line that sums up. */
export function renderStats(evaluations: readonly Evaluation[], view: TableView): string {
  const table = renderTable(
    head,
    evaluations.map((one) => rowOf(one, view.colors)),
    view,
  );
  const cached = evaluations.filter((one) => one.cached).length;
  return `${table}${cached} of ${count(evaluations.length, "host")} cached\n`;
}

function rowOf(evaluation: Evaluation, colors: Colors): readonly Cell[] {
  const { host, cached, durationMs } = evaluation;
  const why = reasonsText(evaluation.reasons);
  if (evaluation.status === "failed")
    return [host, { text: "✗ failed", color: colors.red }, "", timeSpan(durationMs), "", why];
  const { verified, peakRssBytes } = evaluation;
  return [
    host,
    cached ? { text: "= cached", color: colors.dim } : { text: "✓ evaluated", color: colors.green },
    verified ? "yes" : "no",
    cached ? "" : timeSpan(durationMs),
    peakRssBytes === undefined ? "" : byteSize(peakRssBytes),
    why,
  ];
}
