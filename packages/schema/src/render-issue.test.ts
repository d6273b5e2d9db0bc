import type { Issue } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { fleetInvalid, renderIssue } from "./render-issue.ts";

const issue: Issue = {
  code: "unknown-key",
  message: "unknown key",
  severity: "error",
  path: ["hosts", "nas", "adress"],
  place: { file: "fleet.yaml", line: 12, column: 5 },
  hint: 'did you mean "address"?',
};

describe("renderIssue", () => {
  it.each<readonly [Partial<Issue>, string]>([
    [{}, 'fleet.yaml:12:5 hosts.nas.adress: unknown key (did you mean "address"?)'],
    [{ path: [] }, 'fleet.yaml:12:5: unknown key (did you mean "address"?)'],
    [
      { path: ["a b", 0, "c/d"], severity: "warning" },
      'fleet.yaml:12:5 "a b"[0]."c/d": warning: unknown key (did you mean "address"?)',
    ],
  ])("%j", (change, line) => expect(renderIssue({ ...issue, ...change })).toBe(line));

  it("needs neither place nor path", () => {
    expect(renderIssue({ code: "x", message: "wrong", severity: "error", path: [] })).toBe("wrong");
  });
});

describe("fleetInvalid", () => {
  it("has the hint of the only error", () => {
    expect(fleetInvalid([issue])).toMatchObject({ hint: issue.hint });
  });

  it("says the first error and lists all of them, each with its hint", () => {
    const warning: Issue = { ...issue, severity: "warning" };
    expect(fleetInvalid([warning, issue, { ...issue, path: ["b"] }])).toMatchObject({
      code: "FLURRY_FLEET_INVALID",
      message: "hosts.nas.adress: unknown key (and 1 more)",
      place: issue.place,
      hint: undefined,
      details: `${renderIssue(issue)}\n${renderIssue({ ...issue, path: ["b"] })}`,
    });
  });
});
