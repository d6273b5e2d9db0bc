import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { started, thirtyHosts, threeHosts, wideRun } from "../../tests/support/scripted-runs.ts";
import { initialState, reduce } from "./reduce.ts";
import { noMark, terminalMark, understandsMarks } from "./terminal-mark.ts";

const after = (events: Parameters<typeof reduce>[1][]): string => terminalMark(events.reduce(reduce, initialState));

describe("terminalMark", () => {
  it("goes from nothing to all, and is red once a host failed", () => {
    expect(after([])).toBe(noMark);
    expect(after([started(["nas"])])).toBe("\u001B]9;4;1;0\u001B\\");
    expect(after([...threeHosts])).toContain("]9;4;2;");
  });

  it("is never anything but a mark with a percentage", () => {
    const runs = fc.constantFrom(threeHosts, wideRun, thirtyHosts());
    const [head, tail] = ["\u001B]9;4;", "\u001B\\"];
    fc.assert(
      fc.property(runs, fc.nat({ max: 300 }), (events, end) => {
        const text = after(events.slice(0, end));
        expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
        const [state, percent] = text.slice(head.length, -tail.length).split(";").map(Number);
        expect([0, 1, 2]).toContain(state);
        expect(percent).toBeGreaterThanOrEqual(0);
        expect(percent).toBeLessThanOrEqual(100);
      }),
    );
  });
});

describe("understandsMarks", () => {
  it.each([
    [{ WT_SESSION: "x" }, true],
    [{ ConEmuANSI: "ON" }, true],
    [{ TERM_PROGRAM: "ghostty" }, true],
    [{ VTE_VERSION: "8002" }, true],
    [{ VTE_VERSION: "7600" }, false],
    [{ TERM_PROGRAM: "iTerm.app" }, false],
    [{ TERM_PROGRAM: "iTerm.app", TERM_FEATURES: "T3CwP" }, true],
    [{ TERM: "xterm" }, false],
  ])("%j: %s", (env, expected) => expect(understandsMarks(env)).toBe(expected));
});
