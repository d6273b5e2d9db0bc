import type { FleetEvent } from "@flurry/core";
import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";

import {
  at,
  revertedRun,
  second,
  started,
  thirtyHosts,
  threeHosts,
  wideRun,
} from "../../tests/support/scripted-runs.ts";
import { colorsFor } from "./colors.ts";
import { initialState, reduce } from "./reduce.ts";
import { renderFrame } from "./terminal.ts";

interface Size {
  readonly columns?: number;
  readonly rows?: number;
  readonly draining?: boolean;
}

function frame(
  events: readonly FleetEvent[],
  seconds: number,
  { columns = 80, rows = 24, draining = false }: Size = {},
) {
  const state = events.reduce(reduce, initialState);
  return renderFrame(state, { columns, rows, now: second(seconds), colors: colorsFor(false), draining });
}

describe("renderFrame", () => {
  it.each([40, 80, 120])("shows three hosts in %i columns", (columns) => {
    expect(frame(threeHosts, 21, { columns })).toMatchSnapshot();
  });

  it("shows a host that went back", () => {
    expect(frame(revertedRun.slice(0, 5), 4)).toMatchSnapshot("while it tries");
    expect(frame(revertedRun, 9)).toMatchSnapshot("afterwards");
  });

  it("shows that a host is taken back after its verdict", () => {
    const events = [...threeHosts, at(22, { kind: "stage-started", host: "nas", stage: "revert" as const })];
    expect(frame(events, 23).split("\n")[0]).toMatch(/^⠋ nas +reverting .* 0:01$/);
  });

  it.each([12, 24, 40])("fits thirty hosts in %i rows", (rows) => {
    const text = frame(thirtyHosts(), 16, { rows });
    expect(text.split("\n").length).toBeLessThan(rows);
    expect(text).toContain("web-25");
    expect(text).toMatchSnapshot();
  });

  it("keeps wide names in line and hostile output harmless", () => {
    expect(frame(wideRun, 15, { columns: 60 })).toMatchSnapshot();
  });

  it("says that it only finishes what runs", () => {
    expect(frame(threeHosts, 21, { draining: true })).toContain("Ctrl-C again stops at once");
  });

  it("never says anything by colour alone", () => {
    const events = [...threeHosts, ...revertedRun.slice(1)];
    const state = events.reduce(reduce, initialState);
    const view = { columns: 80, rows: 24, now: second(21) };
    const colored = renderFrame(state, { ...view, colors: colorsFor(true) });
    // oxlint-disable-next-line no-control-regex -- takes the colours away
    expect(colored.replaceAll(/\u001B\[\d+m/g, "")).toBe(renderFrame(state, { ...view, colors: colorsFor(false) }));
  });

  it("never leaves the terminal, whatever happens in it", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 60 });
    const event = fc.oneof(
      text.map((line) => at(3, { kind: "log", host: "nas", level: "info" as const, line })),
      text.map((note) => at(2, { kind: "stage-started", host: "nas", stage: "build" as const, note })),
      text.map((host) => at(2, { kind: "stage-started", host, stage: "build" as const })),
    );
    const size = fc.record({ columns: fc.integer({ min: 10, max: 200 }), rows: fc.integer({ min: 4, max: 60 }) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), size, (events, { columns, rows }) => {
        const lines = frame([started(["nas"]), ...events], 30, { columns, rows }).split("\n");
        expect(lines.length).toBeLessThan(rows);
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe("a host whose evaluation is remembered", () => {
  it("waits for what comes next without having been evaluated", () => {
    const events = [
      started(["nas"]),
      at(0, { kind: "stage-started", host: "nas", stage: "evaluate", note: "cached" }),
      at(0, { kind: "stage-finished", host: "nas", stage: "evaluate", durationMs: 0, outcome: "ok", note: "cached" }),
    ];
    expect(frame(events, 1)).toMatch(/^· nas {2}waiting {6}evaluate cached\n/);
  });
});
