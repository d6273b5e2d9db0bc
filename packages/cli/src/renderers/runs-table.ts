import type { VerdictStatus } from "@flurry/core";
import { isDone } from "@flurry/deploy";
import type { RunHost, RunRecord } from "@flurry/deploy";

import { count, shortPath, timeSpan } from "./measures.ts";
import { stageNames, verdictColors, verdictSigns } from "./stage-names.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

/** The order in which verdicts are counted: the good ones first. */
const statuses: readonly VerdictStatus[] = ["deployed", "unchanged", "reverted", "failed", "unreachable", "skipped"];

/** The runs, one row each. */
export function renderRuns(runs: readonly RunRecord[], view: TableView): string {
  const rows = runs.map((run): readonly Cell[] => [
    run.runId,
    moment(run.startedAt),
    run.operator ?? "",
    doing(run),
    run.finishedAt === undefined ? "" : timeSpan(run.finishedAt - run.startedAt),
    resultOf(run, view),
  ]);
  return renderTable(["run", "when", "who", "what", "time", "result"], rows, view);
}

/** One run: what it was, then what became of each host and what each step took. */
export function renderRun(run: RunRecord, view: TableView): string {
  const { operator, source, state, finishedAt, startedAt, header, resumedBy } = run;
  const took = finishedAt === undefined ? "" : `, ${timeSpan(finishedAt - startedAt)}`;
  const facts: readonly (readonly [string, string])[] = [
    ["run", run.runId],
    ["what", doing(run)],
    ["who", operator ?? ""],
    ["when", `${moment(startedAt)}${took}`],
    ["flake", [source, header?.flake?.revision?.slice(0, 12), header?.flake?.dirty === true ? "dirty" : ""].join(" ")],
    ["goes on with", header?.resumes ?? ""],
    ["resumed by", resumedBy ?? ""],
    ["state", state === "finished" ? `finished with exit code ${run.exitCode ?? "?"}` : stateText(state)],
  ];
  const shown = facts.filter(([, text]) => text.trim() !== "");
  const width = Math.max(...shown.map(([name]) => name.length));
  const lines = shown.map(([name, text]) => `${view.colors.dim(name.padEnd(width))}  ${text.trim()}\n`);
  const rows = run.hosts.map((host) => hostRow(host, run, view));
  const table = renderTable(["host", "verdict", "system", "gen", "steps", "why"], rows, view);
  return `${lines.join("")}\n${table}`;
}

function hostRow(host: RunHost, { state }: RunRecord, { colors }: TableView): readonly Cell[] {
  const { verdict, planned } = host;
  const before = verdict?.before ?? planned?.before;
  const after = verdict?.after ?? planned?.outPath;
  const paths = [before, after].flatMap((path) => (path === undefined ? [] : [shortPath(path)]));
  const word: Cell =
    verdict === undefined
      ? { text: state === "running" ? "… at work" : "? none", color: colors.yellow }
      : { text: `${verdictSigns[verdict.status]} ${verdict.status}`, color: colors[verdictColors[verdict.status]] };
  return [
    host.host,
    word,
    [...new Set(paths)].join(" → "),
    verdict?.generation === undefined ? "" : String(verdict.generation),
    stepsOf(host),
    whyOf(host),
  ];
}

function stepsOf({ stages }: RunHost): string {
  return stages
    .filter(({ outcome }) => outcome !== "skipped")
    .map(({ stage, durationMs }) => `${stageNames[stage]} ${durationMs === undefined ? "…" : timeSpan(durationMs)}`)
    .join(", ");
}

function whyOf({ verdict, errors, stages }: RunHost): string {
  const { error = errors.at(-1), failedUnits = [], profiles = [], status } = verdict ?? {};
  const last = stages.at(-1);
  const stopped = verdict === undefined && last !== undefined ? [`last seen in ${stageNames[last.stage]}`] : [];
  const units = failedUnits.length === 0 ? [] : [`failed: ${failedUnits.join(", ")}`];
  const names = profiles.map(({ name }) => name).join(", ");
  const beside = status === "deployed" && names !== "" ? [`with ${names}`] : [];
  return [...stopped, ...(error === undefined ? [] : [error.message]), ...beside, ...units].join("; ");
}

function doing({ command, goal }: RunRecord): string {
  return command === "rollback" || goal === "" ? command : `${command} ${goal}`;
}

function resultOf(run: RunRecord, { colors }: TableView): Cell {
  const counts = statuses.flatMap((status) => {
    const number = run.hosts.filter(({ verdict }) => verdict?.status === status).length;
    return number === 0 ? [] : [`${number} ${status}`];
  });
  const open = run.hosts.filter(({ verdict }) => verdict === undefined).length;
  const ends = [
    ...counts,
    ...(open === 0 ? [] : [`${open} without a verdict`]),
    ...(run.state === "finished" ? [] : [stateText(run.state)]),
    ...(run.resumedBy === undefined ? [] : [`went on as ${run.resumedBy}`]),
  ];
  const text = ends.length === 0 ? count(run.hosts.length, "host") : ends.join(", ");
  const isWell = run.state === "finished" && run.hosts.every(isDone);
  return { text, color: isWell ? colors.green : run.state === "running" ? colors.cyan : colors.yellow };
}

function stateText(state: RunRecord["state"]): string {
  return state === "broken-off" ? "broken off" : state;
}

/** "2026-11-22 13:05:01": a moment in the time zone of whoever looks. */
function moment(at: number): string {
  const date = new Date(at);
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
