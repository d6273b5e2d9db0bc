import { describe, expect, it } from "vitest";

import { at, threeHosts } from "../../tests/support/scripted-runs.ts";
import { colorsFor } from "./colors.ts";
import { lateWarnings } from "./late-warnings.ts";

const warning = (line: string, host?: string) =>
  at(1, { kind: "log", stage: "evaluate", level: "warn", line, ...(host === undefined ? {} : { host }) });

describe("lateWarnings", () => {
  it("tells each warning once, with its hosts", () => {
    const events = [
      ...threeHosts,
      ...["web-1", "web-2", "web-3", "web-4", "web-5"].map((host) => warning("trace: warning: x is deprecated", host)),
      warning("trace: evaluation warning: x is deprecated", "web-1"),
      warning("trace: warning: \u001B[31my\u001B[0m", "nas"),
      warning("nothing is remembered of these evaluations"),
    ];
    expect(lateWarnings(events, colorsFor(false))).toEqual([
      "warning: web-1, web-2, web-3, web-4 and 1 more: x is deprecated",
      "warning: nas: y",
      "warning: nothing is remembered of these evaluations",
    ]);
  });

  it("has nothing to say of logs that are no warnings of an evaluation", () => {
    expect(lateWarnings(threeHosts, colorsFor(false))).toEqual([]);
  });
});
