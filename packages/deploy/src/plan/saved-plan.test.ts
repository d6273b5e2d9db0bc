import { drvPath, FlurryError, storePath } from "@flurry/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { HostPlan } from "./host-plan.ts";
import { formatPlan, parsePlan, savedPlan } from "./saved-plan.ts";
import type { SavedPlan } from "./saved-plan.ts";
import { requireSameSource, requireUnmoved } from "./stale-plan.ts";

const path = (letter: string) => storePath(`/nix/store/${letter.repeat(32)}-nixos-system`);
const plan: SavedPlan = {
  format: "flurry-plan",
  version: 2,
  createdAt: "2026-11-22T13:00:00.000Z",
  operator: "alice@laptop",
  goal: "switch",
  source: { flake: ".", narHash: "sha256-x", revision: "1234567890" },
  hosts: [
    {
      host: "nas",
      system: { drvPath: drvPath(`${path("d")}.drv`), outPath: path("b") },
      current: path("a"),
      profile: path("a"),
    },
    { host: "edge", system: { drvPath: drvPath(`${path("d")}.drv`), outPath: path("b") }, current: path("a") },
  ],
};
const [nas] = plan.hosts;
if (nas === undefined) throw new Error("no host");

/** Code and message of what is thrown; nothing when nothing is. */
function complaint(check: () => void): string {
  try {
    check();
    return "";
  } catch (error) {
    const { code, message } = FlurryError.from(error);
    return `${code}: ${message}`;
  }
}

describe("a plan's file", () => {
  it("reads what was written", () => {
    const hostName = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
    fc.assert(
      fc.property(fc.uniqueArray(hostName, { minLength: 1 }), fc.string(), (names, operator) => {
        const saved = { ...plan, operator, hosts: names.map((host) => ({ ...nas, host })) };
        expect(parsePlan(formatPlan(saved), "x.plan")).toEqual(saved);
      }),
    );
  });

  it.each([
    ["not JSON", "{", "it is not JSON"],
    ["something else", "{}", "it is not a plan of flurry"],
    ["a list", "[]", "it is not a plan of flurry"],
    ["a later version", JSON.stringify({ ...plan, version: 3 }), "version 3 of the format"],
    ["no hosts", JSON.stringify({ ...plan, hosts: [] }), "hosts: "],
    ["an unknown goal", JSON.stringify({ ...plan, goal: "explode" }), "goal: "],
    [
      "a path that is none",
      JSON.stringify({ ...plan, hosts: [{ ...nas, current: "/etc" }] }),
      "hosts.0.current: expected a store path",
    ],
    [
      "a host with nothing to deploy",
      JSON.stringify({ ...plan, hosts: [{ host: "nas", current: path("a") }] }),
      "hosts.0: expected a system, profiles or both",
    ],
    ["a host twice", JSON.stringify({ ...plan, hosts: [nas, nas] }), "nas is in it twice"],
    ["a key too many", JSON.stringify({ ...plan, more: 1 }), "more"],
  ])("refuses %s", (_, text, message) => {
    expect(() => parsePlan(text, "x.plan")).toThrow(
      expect.objectContaining({
        code: "FLURRY_PLAN_INVALID",
        message: expect.stringContaining(message),
        place: { file: "x.plan" },
        hint: expect.any(String),
      }),
    );
  });
});

describe("requireSameSource", () => {
  const flake = { original: ".", lockedRef: "", storePath: path("s"), narHash: "sha256-x", dirty: false, warnings: [] };
  it.each([
    ["the same", { revision: "1234567890" }, /^$/],
    [
      "another revision",
      { revision: "abcdefghij" },
      /^FLURRY_PLAN_STALE: .*was at 1234567 when the plan was made, and is at abcdefg now$/,
    ],
    ["other files", { dirty: true, narHash: "sha256-y" }, /^FLURRY_PLAN_STALE: .*uncommitted changes/],
  ])("%s", (_, more, message) => {
    const said = complaint(() => requireSameSource(plan, { ...flake, ...more }));
    expect(said).toMatch(message);
  });
});

describe("requireUnmoved", () => {
  const as = (current: string, profile: string) => ({ current: path(current), profile: path(profile) });
  it.each([
    ["as it was", as("a", "a"), "b", /^$/],
    ["there already", as("b", "b"), "b", /^$/],
    ["that nobody could ask", undefined, "b", /^FLURRY_PLAN_STALE: nas could not be asked what it runs now$/],
    [
      "on another system",
      as("c", "a"),
      "b",
      /^FLURRY_PLAN_STALE: nas runs .*c-nixos-system now, and ran .*a-nixos-system when/,
    ],
    ["with another profile", as("a", "c"), "b", /^FLURRY_PLAN_STALE: the profile of nas leads to .*c-nixos-system now/],
    ["to run something else", as("a", "a"), "c", /^FLURRY_PLAN_STALE: nas evaluates to .*c-nixos-system now/],
  ])("a host %s", (_, facts, wanted, message) => {
    const reality = {
      facts: new Map(facts === undefined ? [] : [["nas", facts]]),
      wanted: { systems: new Map([["nas", { outPath: path(wanted) }]]), profiles: new Map() },
      isLeftOut: () => false,
    };
    const said = complaint(() => requireUnmoved([nas], reality));
    expect(said).toMatch(message);
  });

  it("names every host that moved", () => {
    const facts = new Map(plan.hosts.map(({ host }) => [host, { current: path("c"), profile: path("c") }]));
    const wanted = {
      systems: new Map(plan.hosts.map(({ host }) => [host, { outPath: path("b") }])),
      profiles: new Map(),
    };
    const isLeftOut = (): boolean => false;
    expect(() => requireUnmoved(plan.hosts, { facts, wanted, isLeftOut: () => true })).not.toThrow();
    expect(() => requireUnmoved(plan.hosts, { facts, wanted, isLeftOut })).toThrow(
      expect.objectContaining({
        message: "2 hosts are not as they were",
        details: expect.stringMatching(/^nas runs .*\nedge runs /),
      }),
    );
  });
});

describe("profiles in a plan", () => {
  const packageOf = (name: string) => storePath(`/nix/store/${name.repeat(32)}-home`);
  const planOf = (more: Partial<HostPlan>): HostPlan => ({
    host: "nas",
    status: "change",
    current: path("a"),
    profile: path("a"),
    profiles: [
      {
        name: "home",
        user: "alice",
        change: true,
        current: packageOf("1"),
        wanted: packageOf("2"),
        drvPath: drvPath(`${packageOf("2")}.drv`),
      },
    ],
    errors: [],
    ...more,
  });
  const keep = (one: HostPlan) =>
    savedPlan({
      goal: "switch",
      flake: { original: ".", lockedRef: "", storePath: path("s"), narHash: "x", dirty: false, warnings: [] },
      plans: [one],
      operator: "alice",
      now: new Date(0),
    });
  const profiles = [
    { name: "home", drvPath: `${packageOf("2")}.drv`, outPath: packageOf("2"), current: packageOf("1") },
  ];

  it("are kept beside the system, and alone", () => {
    const alone = keep(planOf({}));
    expect(alone.hosts).toEqual([{ host: "nas", current: path("a"), profile: path("a"), profiles }]);
    expect(parsePlan(formatPlan(alone), "x")).toEqual(alone);
    const both = keep(planOf({ wanted: path("b"), drvPath: drvPath(`${path("b")}.drv`) }));
    expect(both.hosts).toMatchObject([{ system: { outPath: path("b") }, profiles }]);
    expect(() => keep(planOf({ status: "unknown" }))).toThrow(expect.objectContaining({ code: "FLURRY_PLAN_INVALID" }));
  });

  it.each([
    ["as it was", { now: "1", wanted: "2", current: "a" }, ""],
    ["there already", { now: "2", wanted: "2", current: "a" }, ""],
    [
      "that is another package now",
      { now: "3", wanted: "2", current: "a" },
      /^FLURRY_PLAN_STALE: the profile home of nas is .*3-home now, and was .*1-home when/,
    ],
    [
      "that is gone",
      { now: undefined, wanted: "2", current: "a" },
      /^FLURRY_PLAN_STALE: the profile home of nas is not there now/,
    ],
    [
      "to be something else",
      { now: "1", wanted: "3", current: "a" },
      /^FLURRY_PLAN_STALE: nas.home evaluates to .*3-home now/,
    ],
    [
      "that does not evaluate",
      { now: "1", wanted: undefined, current: "a" },
      /^FLURRY_PLAN_STALE: nas.home does not evaluate any more/,
    ],
    [
      "on a host with another system",
      { now: "1", wanted: "2", current: "c" },
      /^FLURRY_PLAN_STALE: nas runs .*c-nixos-system now/,
    ],
  ])("one %s", (_, { now, wanted, current }, message) => {
    const states = now === undefined ? [] : [["home", { path: packageOf(now) }] as const];
    const known = wanted === undefined ? [] : [{ profile: { name: "home" }, outPath: packageOf(wanted) }];
    const facts = { current: path(current), profile: path("a"), profiles: new Map(states) };
    const reality = {
      facts: new Map([["nas", facts]]),
      wanted: { systems: new Map(), profiles: new Map([["nas", known]]) },
      isLeftOut: () => false,
    };
    expect(complaint(() => requireUnmoved(keep(planOf({})).hosts, reality))).toMatch(message);
  });
});
