import { describe, expect, it } from "vitest";

import type { HostState, RunRecord } from "./host-state.ts";
import { judgeHost } from "./judge-host.ts";
import type { HostBefore } from "./judge-host.ts";

const before: HostBefore = {
  current: "/old",
  profile: "/old",
  boots: "/old",
  bootId: "b1",
  keys: [],
  userProfiles: new Map(),
  confirmed: new Set(["/old"]),
  runs: new Set(["r0"]),
};
const record: RunRecord = {
  id: "r1",
  goal: "switch",
  candidate: "/new",
  before: "/old",
  link: "system-1-link",
  boot: "b1",
  token: "commit",
  verdict: "committed",
  reason: "",
  keepsSystem: false,
  profiles: new Map(),
  decidedAt: 100,
};
const state: HostState = {
  current: "/new",
  profile: "/new",
  link: "system-2-link",
  bootDefault: "/new",
  bootOverride: undefined,
  bootId: "b1",
  bootedAt: 10,
  runs: [record],
  keys: [],
  userProfiles: new Map(),
  lease: undefined,
  leftovers: [],
};
const reverted: RunRecord = { ...record, token: "revert", verdict: "reverted" };
const old = { current: "/old", profile: "/old", bootDefault: "/old" };

describe("a host that keeps the promise", () => {
  const cases: readonly (readonly [string, HostState])[] = [
    ["committed and runs it", state],
    ["went back", { ...state, ...old, runs: [reverted] }],
    ["was not touched", { ...state, ...old, runs: [] }],
    [
      "tested and runs it",
      { ...state, ...old, current: "/new", runs: [{ ...record, goal: "test", verdict: "tested" }] },
    ],
    [
      "tested and has rebooted since",
      { ...state, ...old, bootId: "b2", bootedAt: 200, runs: [{ ...record, goal: "test", verdict: "tested" }] },
    ],
    [
      "got profiles alone, for a boot of another system",
      {
        ...state,
        current: "/old",
        profile: "/new",
        runs: [
          { ...record, goal: "boot" },
          { ...record, id: "r2", goal: "boot", candidate: "/old", keepsSystem: true, decidedAt: 101 },
        ],
      },
    ],
    ["has a new boot default", { ...state, current: "/old", runs: [{ ...record, goal: "boot" }] }],
    ["has booted its new boot default", { ...state, bootedAt: 200, bootId: "b2", runs: [{ ...record, goal: "boot" }] }],
    [
      "is held by a lease that is not over",
      {
        ...state,
        ...old,
        runs: [{ ...record, token: "none", verdict: "" }],
        lease: { run: "r1", seconds: 30 },
      },
    ],
  ];
  it.each(cases)("%s", (_, seen) => {
    expect(judgeHost(before, seen)).toEqual([]);
  });
});

describe("a host that breaks the promise", () => {
  const cases: readonly (readonly [string, HostState, RegExp])[] = [
    ["runs what was reverted", { ...state, ...old, current: "/new", runs: [reverted] }, /it runs \/new/],
    ["boots what was reverted", { ...state, ...old, bootDefault: "/new", runs: [reverted] }, /never confirmed/],
    ["boots another system than its profile", { ...state, bootDefault: "/old" }, /the profile leads to/],
    ["forgot what it committed", { ...state, ...old, runs: [record] }, /it runs \/old/],
    ["runs something else", { ...state, current: "/else" }, /it runs \/else/],
    ["has an open run", { ...state, ...old, runs: [{ ...record, token: "armed", verdict: "" }] }, /still open/],
    [
      "has a run that never began",
      { ...state, ...old, runs: [{ ...record, token: "none", verdict: "" }] },
      /never began/,
    ],
    ["could not go back", { ...state, ...old, runs: [{ ...reverted, verdict: "revert-failed" }] }, /revert-failed/],
    [
      "has a profile of a run that was reverted",
      {
        ...state,
        ...old,
        userProfiles: new Map([["notes", "/notes"]]),
        runs: [{ ...reverted, profiles: new Map([["notes", "/notes"]]) }],
      },
      /the profile notes leads to \/notes, not to nothing/,
    ],
    ["boots something else next", { ...state, bootOverride: "/else" }, /never confirmed/],
    ["left something", { ...state, leftovers: [{ kind: "pin", what: "/nix/x" }] }, /leftover pin: \/nix\/x/],
    ["was tested but says committed", { ...state, runs: [{ ...record, goal: "test" }] }, /ended with committed/],
  ];
  it.each(cases)("%s", (_, seen, complaint) => {
    expect(judgeHost(before, seen).join("\n")).toMatch(complaint);
  });
});
