import type { FleetEvent } from "@flurry/core";
import { describe, expect, it } from "vitest";

import {
  at,
  revertedRun,
  second,
  started,
  thirtyHosts,
  threeHosts,
  verdict,
  wideRun,
} from "../../tests/support/scripted-runs.ts";
import { colorsFor } from "./colors.ts";
import { heartbeat, linesOf } from "./lines.ts";
import { initialState, reduce } from "./reduce.ts";

function log(events: readonly FleetEvent[], verbose = false): readonly string[] {
  let state = initialState;
  return events.flatMap((event) => {
    const lines = linesOf(event, state, { colors: colorsFor(false), verbose });
    state = reduce(state, event);
    return lines;
  });
}

describe("linesOf", () => {
  it.each([
    ["three hosts", threeHosts],
    ["a host that went back", revertedRun],
    ["hostile output", wideRun],
  ])("tells of %s", (_, events) => {
    expect(log(events).join("\n")).toMatchSnapshot();
  });

  it("tells everything when asked to", () => {
    expect(log(wideRun, true).join("\n")).toMatchSnapshot();
  });

  it("names the host on every line", () => {
    for (const line of log([...threeHosts, ...thirtyHosts()], true)) expect(line).toMatch(/^\S+ +\|/);
  });

  it("tells a failure in full once", () => {
    const text = log(threeHosts).join("\n");
    expect(text.split("error[FLURRY_BUILD_FAILED]")).toHaveLength(2);
    const onlyVerdict = log(threeHosts.filter((event) => event.kind !== "failure")).join("\n");
    expect(onlyVerdict.split("error[FLURRY_BUILD_FAILED]")).toHaveLength(2);
  });
});

describe("a verdict that comes before its failure", () => {
  it("tells the failure once", () => {
    const isFailure = (event: FleetEvent): boolean => event.kind === "failure";
    const events = [...threeHosts.filter((event) => !isFailure(event)), ...threeHosts.filter(isFailure)];
    expect(log(events).join("\n").split("error[FLURRY_BUILD_FAILED]")).toHaveLength(2);
  });
});

describe("a host that was left out", () => {
  it("is told of in one line", () => {
    const error = { code: "FLURRY_ABORTED", message: "the run was asked to stop" } as const;
    const events = [
      started(["nas"]),
      verdict(5, { host: "nas", status: "skipped", error }),
      at(5, { kind: "failure", host: "nas", error }),
    ];
    expect(log(events)).toEqual(["nas | – skipped: the run was asked to stop"]);
  });
});

describe("heartbeat", () => {
  it("names what is waited for", () => {
    const state = threeHosts.reduce(reduce, initialState);
    expect(heartbeat(state, second(50))).toBe(
      "waiting for compute copying (0:44, 412 MB of 1.1 GB, last line: copying path '/nix/store/…-linux-6.12')",
    );
  });

  it("is silent when nothing runs", () => {
    expect(heartbeat([started(["nas"])].reduce(reduce, initialState), second(50))).toBeUndefined();
  });

  it("counts from the stage's own start", () => {
    const events = [started(["a", "b"]), at(5, { kind: "stage-started", host: "b", stage: "try" as const })];
    expect(heartbeat(events.reduce(reduce, initialState), second(70))).toBe("waiting for b activating (1:05)");
  });
});
