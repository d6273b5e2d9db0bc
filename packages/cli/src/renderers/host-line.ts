import type { Colors } from "./colors.ts";
import { byteSize, clock, shortPath, timeSpan } from "./measures.ts";
import { phaseOf } from "./phase.ts";
import { plainLine } from "./plain-text.ts";
import type { HostState, Progress, StageState } from "./reduce.ts";
import { isCached, stageNames, verdictColors, verdictSigns } from "./stage-names.ts";
import { padEnd, padStart, truncate } from "./width.ts";

/** The room and the moment that a line is made for. */
export interface HostLineView {
  readonly columns: number;
  /** The width of the widest host name. */
  readonly nameWidth: number;
  readonly now: number;
  readonly colors: Colors;
}

interface Parts {
  readonly sign: string;
  readonly word: string;
  readonly middle: string;
  readonly time: string;
  readonly color: (text: string) => string;
}

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const spinMs = 100;
const wordWidth = 11;
const timeWidth = 7;
const barWidth = 16;

/** One host on one line: sign, name, what it is doing, how far it is, how long it has been. */
export function hostLine(host: HostState, view: HostLineView): string {
  const { columns, nameWidth, colors } = view;
  const { sign, word, middle, time, color } = partsOf(host, view);
  const middleWidth = columns - 2 - nameWidth - 2 - wordWidth - 2 - timeWidth - 1;
  const head = `${color(sign)} ${padEnd(truncate(plainLine(host.name), nameWidth), nameWidth)}  ${color(padEnd(word, wordWidth))}`;
  if (middleWidth < 4) return truncate(head, columns);
  const body = padEnd(truncate(middle, middleWidth), middleWidth);
  return `${head}  ${body} ${colors.dim(padStart(time, timeWidth))}`.trimEnd();
}

function partsOf(host: HostState, view: HostLineView): Parts {
  const { now, colors } = view;
  const phase = phaseOf(host);
  const { stage } = host;
  switch (phase.kind) {
    case "running": {
      const sign = spinner[Math.floor(now / spinMs) % spinner.length] ?? "*";
      const word = stage === undefined ? "" : stageNames[stage.name];
      const time = clock(now - (stage?.startedAt ?? now));
      return { sign, word, middle: runningDetail(stage, view), time, color: colors.cyan };
    }
    case "waiting": {
      const middle = stage === undefined ? "" : `${stage.name} ${isCached(stage.name, stage.note) ? "cached" : "done"}`;
      return { sign: "·", word: "waiting", middle: colors.dim(middle), time: "", color: colors.dim };
    }
    case "done":
      return { sign: "✓", word: "done", middle: stage?.note ?? "", time: tookOf(host), color: colors.green };
    case "broken":
      return { sign: "✗", word: "failed", middle: errorText(host), time: tookOf(host), color: colors.red };
    case "ended": {
      const color = colors[verdictColors[phase.status]];
      const middle = errorText(host) || evidence(host);
      return { sign: verdictSigns[phase.status], word: phase.status, middle, time: tookOf(host), color };
    }
  }
}

function runningDetail(stage: StageState | undefined, { columns, colors }: HostLineView): string {
  if (stage === undefined) return "";
  const { progress, note = "" } = stage;
  if (progress === undefined || progress.expected <= 0) return plainLine(note);
  const measure = progressText(progress);
  return columns < 70 ? measure : `${bar(progress, colors)} ${measure}`;
}

function bar({ done, expected }: Progress, colors: Colors): string {
  const filled = Math.round(Math.min(1, Math.max(0, done / expected)) * barWidth);
  return colors.cyan("█".repeat(filled)) + colors.dim("░".repeat(barWidth - filled));
}

/** "412 MB of 1.1 GB", "3 of 12 builds". */
export function progressText({ done, expected, unit }: Progress): string {
  if (unit === "bytes") return `${byteSize(done)} of ${byteSize(expected)}`;
  return `${done} of ${expected} ${unit}`;
}

function errorText(host: HostState): string {
  const error = host.verdict?.error ?? host.error;
  return error === undefined ? "" : plainLine(error.message);
}

/** What shows that a verdict is true: the systems before and after, the generation. */
export function evidence({ verdict }: HostState): string {
  if (verdict === undefined) return "";
  const { before, after, generation, note } = verdict;
  if (note !== undefined) return plainLine(note);
  const systems =
    before === undefined || after === undefined || before === after
      ? [after ?? before ?? ""].map(shortPath)
      : [`${shortPath(before)} → ${shortPath(after)}`];
  return [...systems, ...(generation === undefined ? [] : [`generation ${generation}`])]
    .filter((part) => part !== "")
    .join(", ");
}

function tookOf({ verdict, startedAt, endedAt }: HostState): string {
  if (verdict !== undefined) return timeSpan(verdict.durationMs);
  return startedAt === undefined || endedAt === undefined ? "" : timeSpan(endedAt - startedAt);
}
