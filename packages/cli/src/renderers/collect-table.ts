import type { CollectedProfile, CollectResult, GenerationFate } from "@flurry/deploy";

import { byteSize, count, timeSpan } from "./measures.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

/** What is or would be deleted on each host, and what it freed. */
export function renderCollected(
  results: readonly CollectResult[],
  { isDryRun, ...view }: TableView & { readonly isDryRun: boolean },
): string {
  const rows = results.flatMap((result): readonly (readonly Cell[])[] => [
    hostRow(result, isDryRun, view),
    ...(result.profiles ?? []).map((profile) => profileRow(profile, result.host, isDryRun ? "none" : "")),
  ]);
  const head = ["host", "collection", isDryRun ? "would delete" : "deleted", "kept", "freed", "paths", "time", "why"];
  return `${renderTable(head, rows, view)}${sumOf(results, isDryRun)}\n`;
}

function hostRow(result: CollectResult, isDryRun: boolean, view: TableView): readonly Cell[] {
  return [
    result.host,
    stateOf(result, isDryRun, view),
    isDryRun && result.error === undefined && result.deleted.length === 0 ? "none" : ranges(result.deleted),
    keptOf(result.generations.filter(({ number }) => !result.deleted.includes(number))),
    result.freedBytes === undefined ? "" : byteSize(result.freedBytes),
    result.freedPaths === undefined ? "" : String(result.freedPaths),
    isDryRun ? "" : timeSpan(result.durationMs),
    result.error?.message ?? "",
  ];
}

/** The generations of a profile, below those of its host's system. */
function profileRow({ name, generations, deleted }: CollectedProfile, host: string, none: string): readonly Cell[] {
  const kept = keptOf(generations.filter(({ number }) => !deleted.includes(number)));
  return [`${host}.${name}`, "", deleted.length === 0 ? none : ranges(deleted), kept, "", "", "", ""];
}

function stateOf({ error, isUnfinished }: CollectResult, isDryRun: boolean, { colors }: TableView): Cell {
  if (error !== undefined) return { text: "✗ failed", color: colors.red };
  if (isUnfinished === true) return { text: "! time is up", color: colors.yellow };
  return isDryRun ? "" : { text: "✓ done", color: colors.green };
}

/** "40 (boot default), 39 (to roll back to), 36-38". */
function keptOf(kept: readonly GenerationFate[]): string {
  const ordinary = new Set(["newest", "young"]);
  const special = kept.filter(({ why }) => why !== undefined && !ordinary.has(why)).toReversed();
  const others = kept.filter((fate) => !special.includes(fate)).map(({ number }) => number);
  const named = special.map(({ number, why }) => `${number} (${why ?? ""})`);
  return [...named, ...(others.length === 0 ? [] : [ranges(others)])].join(", ");
}

/** "1-3, 5": whole numbers, consecutive ones together. */
export function ranges(numbers: readonly number[]): string {
  const runs: { readonly from: number; to: number }[] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && number === last.to + 1) last.to = number;
    else runs.push({ from: number, to: number });
  }
  return runs.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(", ");
}

function sumOf(results: readonly CollectResult[], isDryRun: boolean): string {
  const generations = count(
    results.flatMap(({ deleted, profiles = [] }) => [...deleted, ...profiles.flatMap((one) => one.deleted)]).length,
    "generation",
  );
  const hosts = count(results.filter(({ error }) => error === undefined).length, "host");
  if (isDryRun) return `${generations} on ${hosts} would be deleted; nothing was touched`;
  return `${generations} deleted and ${byteSize(results.reduce((sum, { freedBytes = 0 }) => sum + freedBytes, 0))} freed on ${hosts}`;
}
