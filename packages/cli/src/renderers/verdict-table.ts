import type { Verdict } from "@flurry/core";

import type { Colors } from "./colors.ts";
import { count, shortPath, timeSpan } from "./measures.ts";
import { verdictColors, verdictSigns } from "./stage-names.ts";
import { renderTable } from "./table.ts";

/** The room that a table is made for. */
export interface TableView {
  readonly colors: Colors;
  /** The width to fit in; undefined for no limit. */
  readonly columns: number | undefined;
}

const head = ["host", "verdict", "system", "gen", "time", "why"];

/** What became of each host, one row each; one line when there was nothing to do anywhere. */
export function renderVerdicts(verdicts: readonly Verdict[], view: TableView): string {
  if (
    verdicts.every(
      ({ status, note, failedUnits = [] }) => status === "unchanged" && note === undefined && failedUnits.length === 0,
    )
  )
    return `${count(verdicts.length, "host")} unchanged, nothing to do\n`;
  const rows = verdicts.map((verdict) => [
    verdict.host,
    { text: `${verdictSigns[verdict.status]} ${verdict.status}`, color: view.colors[verdictColors[verdict.status]] },
    systemOf(verdict),
    verdict.generation === undefined ? "" : String(verdict.generation),
    verdict.status === "skipped" ? "" : timeSpan(verdict.durationMs),
    whyOf(verdict),
  ]);
  return renderTable(head, rows, view);
}

function systemOf({ before, after }: Verdict): string {
  if (after === undefined) return before === undefined ? "" : shortPath(before);
  if (before === undefined || before === after) return shortPath(after);
  return `${shortPath(before)} → ${shortPath(after)}`;
}

function whyOf({ status, error, note, failedUnits = [], profiles = [] }: Verdict): string {
  const named = profiles.map(({ name }) => name);
  const deployed = status === "deployed" && named.length > 0 ? [`with ${named.join(", ")}`] : [];
  const units = failedUnits.length === 0 ? [] : [`failed: ${failedUnits.join(", ")}`];
  return [
    ...(error === undefined ? [] : [error.message]),
    ...(note === undefined ? [] : [note]),
    ...deployed,
    ...units,
  ].join("; ");
}
