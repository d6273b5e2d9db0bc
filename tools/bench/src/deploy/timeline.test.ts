import type { FleetEvent, Stage } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { timeline } from "./timeline.ts";

const finished = (host: string, stage: Stage, from: number, to: number): FleetEvent => ({
  at: to,
  kind: "stage-finished",
  host,
  stage,
  durationMs: to - from,
  outcome: "ok",
});
const text = (events: readonly FleetEvent[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join("");

describe("timeline", () => {
  it("spans the hosts that went through a stage at the same time", () => {
    const events = [finished("nas", "copy", 1000, 1400), finished("gateway", "copy", 1100, 1600)];
    expect(timeline(text(events), { start: 900, end: 1650 })).toEqual({
      beforeMs: 100,
      stages: [{ stage: "copy", hosts: 2, spanMs: 600, longestMs: 500 }],
      betweenMs: 0,
      afterMs: 50,
    });
  });

  it("orders stages as a run does and finds the time in which nothing was said to happen", () => {
    const events: readonly FleetEvent[] = [
      finished("nas", "try", 40, 70),
      { at: 55, kind: "log", level: "info", line: "activating" },
      finished("nas", "evaluate", 10, 20),
      finished("gateway", "evaluate", 15, 30),
    ];
    const { stages, betweenMs } = timeline(text(events), { start: 0, end: 80 });
    expect(stages.map(({ stage, spanMs }) => [stage, spanMs])).toEqual([
      ["evaluate", 20],
      ["try", 30],
    ]);
    expect(betweenMs).toBe(10);
  });

  it.each(["", '{"kind":"report","schemaVersion":1}\n'])("has no stages in %j", (output) => {
    expect(timeline(output, { start: 5, end: 25 })).toEqual({ beforeMs: 20, stages: [], betweenMs: 0, afterMs: 0 });
  });

  it("refuses what is no event", () => {
    const process = { start: 0, end: 1 };
    expect(() => timeline("error\n", process)).toThrow(SyntaxError);
    expect(() => timeline('{"kind":"stage-finished","at":1,"stage":"lunch","durationMs":1}', process)).toThrow("stage");
  });
});
