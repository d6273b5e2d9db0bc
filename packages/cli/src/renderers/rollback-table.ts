import type { Verdict } from "@flurry/core";
import type { RollbackEnd, RollbackMove } from "@flurry/deploy";

import { count, shortPath, timeSpan } from "./measures.ts";
import { verdictColors, verdictSigns } from "./stage-names.ts";
import { renderTable } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

/** What hosts would go back to, one row each, and a line that sums up. */
export function renderRollbackPlan(moves: readonly RollbackMove[], view: TableView): string {
  const rows = moves.map((move) => {
    const { sign, color } = isMove(move)
      ? { sign: "~ would go back", color: view.colors.yellow }
      : move.error === undefined
        ? { sign: "= unchanged", color: view.colors.dim }
        : { sign: "✗ cannot", color: view.colors.red };
    const { host, from, to, error } = move;
    return [host, { text: sign, color }, generations(from, to), systems(from, to), error?.message ?? ""];
  });
  const going = moves.filter(isMove).length;
  const sum = `${going} of ${count(moves.length, "host")} would go back; nothing was touched\n`;
  return `${renderTable(["host", "rollback", "generation", "system", "why"], rows, view)}${sum}`;
}

/** What became of hosts that went back, one row each. */
export function renderRollback(verdicts: readonly Verdict[], moves: readonly RollbackMove[], view: TableView): string {
  const rows = verdicts.map(({ host, status, durationMs, error, failedUnits = [] }) => {
    const { from, to } = moves.find((move) => move.host === host) ?? {};
    const word = status === "deployed" ? "went back" : status;
    return [
      host,
      { text: `${verdictSigns[status]} ${word}`, color: view.colors[verdictColors[status]] },
      generations(from, to),
      systems(from, to),
      status === "skipped" ? "" : timeSpan(durationMs),
      [...(error === undefined ? [] : [error.message]), ...failedUnits.map((unit) => `failed: ${unit}`)].join("; "),
    ];
  });
  return renderTable(["host", "verdict", "generation", "system", "time", "why"], rows, view);
}

function isMove({ from, to }: RollbackMove): boolean {
  return to !== undefined && (from?.system !== to.system || from.generation !== to.generation);
}

function generations(from: RollbackEnd | undefined, to: RollbackEnd | undefined): string {
  if (from === undefined || to === undefined) return "";
  const name = ({ generation }: RollbackEnd): string => (generation === undefined ? "none" : String(generation));
  return from.generation === to.generation ? name(to) : `${name(from)} → ${name(to)}`;
}

function systems(from: RollbackEnd | undefined, to: RollbackEnd | undefined): string {
  return [...new Set([from, to].flatMap((end) => (end === undefined ? [] : [shortPath(end.system)])))].join(" → ");
}
