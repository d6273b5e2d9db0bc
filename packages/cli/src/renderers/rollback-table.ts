import type { Verdict } from "@flurry/core";
import type { ProfileMove, RollbackEnd, RollbackMove } from "@flurry/deploy";

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
    const why = [...(error === undefined ? [] : [error.message]), ...staying(move)].join("; ");
    return [host, { text: sign, color }, generations(from, to), systems(from, to), ...profiles(move, moves), why];
  });
  const going = moves.filter(isMove).length;
  const sum = `${going} of ${count(moves.length, "host")} would go back; nothing was touched\n`;
  return `${renderTable(["host", "rollback", "generation", "system", ...profilesHead(moves), "why"], rows, view)}${sum}`;
}

/** What became of hosts that went back, one row each. */
export function renderRollback(verdicts: readonly Verdict[], moves: readonly RollbackMove[], view: TableView): string {
  const rows = verdicts.map(({ host, status, durationMs, error, failedUnits = [] }) => {
    const move = moves.find((one) => one.host === host) ?? { host };
    const { from, to } = move;
    const word = status === "deployed" ? "went back" : status;
    return [
      host,
      { text: `${verdictSigns[status]} ${word}`, color: view.colors[verdictColors[status]] },
      generations(from, to),
      systems(from, to),
      ...profiles(move, moves),
      status === "skipped" ? "" : timeSpan(durationMs),
      [
        ...(error === undefined ? [] : [error.message]),
        ...failedUnits.map((unit) => `failed: ${unit}`),
        ...staying(move),
      ].join("; "),
    ];
  });
  return renderTable(["host", "verdict", "generation", "system", ...profilesHead(moves), "time", "why"], rows, view);
}

function isMove({ from, to, profiles: beside = [] }: RollbackMove): boolean {
  if (beside.some(isProfileMove)) return true;
  return to !== undefined && (from?.system !== to.system || from.generation !== to.generation);
}

function isProfileMove({ from, to, stays }: ProfileMove): boolean {
  return stays === undefined && from?.path !== to?.path;
}

/** Only where any host has something to say there. */
function profilesHead(moves: readonly RollbackMove[]): readonly string[] {
  return moves.some(({ profiles: beside = [] }) => beside.some(isProfileMove)) ? ["profiles"] : [];
}

/** "home 4 → 3, notes 2 → 1". */
function profiles({ profiles: beside = [] }: RollbackMove, moves: readonly RollbackMove[]): readonly string[] {
  const name = (end: ProfileMove["to"]): string =>
    end === undefined ? "none" : String(end.generation ?? shortPath(end.path));
  const texts = beside.filter(isProfileMove).map((move) => `${move.name} ${name(move.from)} → ${name(move.to)}`);
  return profilesHead(moves).map(() => texts.join(", "));
}

function staying({ profiles: beside = [] }: RollbackMove): readonly string[] {
  return beside.flatMap(({ name, stays }) => (stays === undefined ? [] : [`profile ${name} stays: ${stays}`]));
}

function generations(from: RollbackEnd | undefined, to: RollbackEnd | undefined): string {
  if (from === undefined || to === undefined) return "";
  const name = ({ generation }: RollbackEnd): string => (generation === undefined ? "none" : String(generation));
  return from.generation === to.generation ? name(to) : `${name(from)} → ${name(to)}`;
}

function systems(from: RollbackEnd | undefined, to: RollbackEnd | undefined): string {
  return [...new Set([from, to].flatMap((end) => (end === undefined ? [] : [shortPath(end.system)])))].join(" → ");
}
