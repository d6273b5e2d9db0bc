import { describe, expect, it } from "vitest";

import { at, second, started } from "../../tests/support/scripted-runs.ts";
import { colorsFor } from "./colors.ts";
import { linesOf } from "./lines.ts";
import { initialState, reduce } from "./reduce.ts";
import { renderFrame } from "./terminal.ts";

const colors = colorsFor(false);
const pausing = at(10, { kind: "gate", wave: "@storage", state: "pausing" as const, until: second(310) });
const next = at(320, { kind: "stage-started", host: "nas", stage: "preflight" as const });

describe("what is waited for behind a wave", () => {
  it("stands below the hosts until one begins", () => {
    const summary = (events: Parameters<typeof reduce>[1][], now: number): string | undefined =>
      renderFrame(events.reduce(reduce, initialState), { columns: 100, rows: 24, now: second(now), colors })
        .split("\n")
        .at(-1);
    expect(summary([started(["nas"]), pausing], 70)).toContain("wave @storage is done, pausing for 4:00 · 0 of 1");
    expect(summary([started(["nas"]), pausing, next], 321)).not.toContain("wave");
  });

  it.each([
    [pausing, "wave @storage is done, pausing for 5:00"],
    [
      at(10, { kind: "gate", wave: "a", state: "checking" as const }),
      "wave a is done, checking the health of its hosts once more",
    ],
    [at(10, { kind: "gate", wave: "a", state: "asking" as const }), "wave a is done, waiting for an answer"],
  ])("is a line in a log", (event, line) => {
    expect(linesOf(event, initialState, { colors, verbose: false })).toEqual([line]);
  });
});
