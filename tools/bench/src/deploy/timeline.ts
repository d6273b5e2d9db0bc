import { stages } from "@flurry/core";
import type { Stage } from "@flurry/core";
import * as z from "zod";

const lineSchema = z.looseObject({ kind: z.string() });
const finishedSchema = z.looseObject({
  kind: z.literal("stage-finished"),
  at: z.number(),
  stage: z.enum(stages),
  durationMs: z.number(),
});

/** How long one stage of a run took. */
export interface StageTime {
  readonly stage: Stage;
  /** How many hosts went through it. */
  readonly hosts: number;
  /** Milliseconds from the first host's beginning to the last host's end. */
  readonly spanMs: number;
  /** Milliseconds of the host that took longest. */
  readonly longestMs: number;
}

/** Where the time of a run went. */
export interface Timeline {
  /** Milliseconds from the start of the process to the first stage of any host. */
  readonly beforeMs: number;
  /** In the order of a run; only those that a host went through. */
  readonly stages: readonly StageTime[];
  /** Milliseconds between the first and the last stage in which no host was in any. */
  readonly betweenMs: number;
  /** Milliseconds from the end of the last stage to the end of the process. */
  readonly afterMs: number;
}

interface Interval {
  readonly stage: Stage;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the lines of `flurry deploy --json`.
 *
 * @param process - when the process began and ended, in milliseconds since the epoch
 */
export function timeline(output: string, process: { readonly start: number; readonly end: number }): Timeline {
  const intervals = output
    .split("\n")
    .filter((line) => line !== "")
    .flatMap(stageOfLine);
  const first = Math.min(process.end, ...intervals.map(({ start }) => start));
  const last = Math.max(first, ...intervals.map(({ end }) => end));
  return {
    beforeMs: first - process.start,
    stages: stages.flatMap((stage) => stageTime(stage, intervals)),
    betweenMs: last - first - coveredMs(intervals),
    afterMs: process.end - last,
  };
}

function stageOfLine(line: string): readonly Interval[] {
  const { kind, ...event } = lineSchema.parse(JSON.parse(line));
  if (kind !== "stage-finished") return [];
  const { stage, at, durationMs } = finishedSchema.parse({ kind, ...event });
  return [{ stage, start: at - durationMs, end: at }];
}

function stageTime(stage: Stage, intervals: readonly Interval[]): readonly StageTime[] {
  const own = intervals.filter((interval) => interval.stage === stage);
  if (own.length === 0) return [];
  const start = Math.min(...own.map((interval) => interval.start));
  const end = Math.max(...own.map((interval) => interval.end));
  const longestMs = Math.max(...own.map((interval) => interval.end - interval.start));
  return [{ stage, hosts: own.length, spanMs: end - start, longestMs }];
}

/** How much time lies in at least one of the intervals. */
function coveredMs(intervals: readonly Interval[]): number {
  let covered = 0;
  let until = -Infinity;
  for (const { start, end } of [...intervals].sort((a, b) => a.start - b.start)) {
    covered += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return covered;
}
