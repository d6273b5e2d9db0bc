import { storePath } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import { describe, expect, it } from "vitest";

import type { HostFacts } from "../host/facts.ts";
import { parseReply } from "../host/reply.ts";
import { historyOf } from "./host-history.ts";
import type { HostHistory } from "./host-history.ts";
import { profilesWith } from "./profiles-then.ts";
import { profileTarget, requireWhole, rollbackTarget } from "./rollback-target.ts";

const system = (name: string) => storePath(`/nix/store/${name.repeat(32)}-nixos-system-nas`);
const [a, b, c, d] = [system("a"), system("b"), system("c"), system("d")];

function facts(current: string, generation: number, profile = current): HostFacts {
  return {
    current: storePath(current),
    profile: storePath(profile),
    generation,
    booted: undefined,
    rebootNeeded: false,
    bootId: "x",
    uptimeSeconds: 1,
    storeFreeBytes: 1,
    storeTotalBytes: 1,
    rootFreeBytes: 1,
    rootTotalBytes: 1,
    systemState: "running",
    failedUnits: [],
    lock: undefined,
  };
}

function history(now: HostFacts, lines: readonly string[]): HostHistory {
  return { facts: now, ...historyOf(parseReply(lines.map((line) => `@flurry ${line}`).join("\n")), "nas") };
}

const three = [
  `kept_generation=10 1700000300 present ${c}`,
  `kept_generation=1 1700000000 present ${a}`,
  `kept_generation=2 1700000100 present ${b}`,
];

describe("rollbackTarget", () => {
  it("takes the generation before the current one, by number", () => {
    expect(rollbackTarget(history(facts(c, 10), three), undefined, "nas")).toEqual({ system: b, generation: 2 });
    expect(rollbackTarget(history(facts(b, 2), three), undefined, "nas")).toEqual({ system: a, generation: 1 });
  });

  it("goes back to the boot default from a system that was never made it", () => {
    expect(rollbackTarget(history(facts(d, 10, c), three), undefined, "nas")).toEqual({ system: c, generation: 10 });
  });

  it("passes over generations with the current system", () => {
    const lines = [...three, `kept_generation=11 1700000400 present ${c}`];
    expect(rollbackTarget(history(facts(c, 11), lines), undefined, "nas")).toEqual({ system: b, generation: 2 });
  });

  it("passes over a generation that a run gave up again, unless a later run confirmed it", () => {
    const failed = [...three, `run_verdict=reverted switch ${b}`];
    expect(rollbackTarget(history(facts(c, 10), failed), undefined, "nas").generation).toBe(1);
    const later = [...failed, `run_verdict=committed switch ${b}`, `run_verdict=reverted test ${b}`];
    expect(rollbackTarget(history(facts(c, 10), later), undefined, "nas").generation).toBe(2);
  });

  it("passes over one whose system is gone, and says so when there is no other", () => {
    const gone = [three[0] ?? "", three[1] ?? "", `kept_generation=2 1700000100 gone ${b}`];
    expect(rollbackTarget(history(facts(c, 10), gone), undefined, "nas").generation).toBe(1);
    expect(() => rollbackTarget(history(facts(c, 10), [gone[0] ?? "", gone[2] ?? ""]), undefined, "nas")).toThrow(
      expect.objectContaining({ code: "FLURRY_GENERATION_GONE" }),
    );
  });

  it("says that there is none before the first", () => {
    const find = () => rollbackTarget(history(facts(a, 1), three), undefined, "nas");
    expect(find).toThrow(expect.objectContaining({ code: "FLURRY_GENERATION_NOT_FOUND" }));
    expect(find).toThrow(expect.objectContaining({ hint: "The host keeps 1, 2, 10. Name one with --to." }));
  });

  it("takes the one that is named, whatever became of it", () => {
    const lines = [...three, `run_verdict=reverted switch ${b}`];
    expect(rollbackTarget(history(facts(c, 10), lines), 2, "nas")).toEqual({ system: b, generation: 2 });
    expect(rollbackTarget(history(facts(c, 10), lines), b, "nas")).toEqual({ system: b, generation: 2 });
    expect(rollbackTarget(history(facts(c, 10), lines), d, "nas")).toEqual({ system: d });
    expect(() => rollbackTarget(history(facts(c, 10), lines), 7, "nas")).toThrow(
      expect.objectContaining({ code: "FLURRY_GENERATION_NOT_FOUND", message: "there is no generation 7" }),
    );
  });
});

describe("requireWhole", () => {
  it("refuses a closure that lacks something", () => {
    const lacking = history(facts(c, 10), [...three, `lacking=${a}`]);
    expect(() => requireWhole({ system: b, generation: 2 }, lacking, "nas")).toThrow(
      expect.objectContaining({ code: "FLURRY_GENERATION_GONE", details: `lacking: ${a}` }),
    );
    expect(() => requireWhole({ system: b }, history(facts(c, 10), three), "nas")).not.toThrow();
  });
});

const pack = (name: string) => storePath(`/nix/store/${name.repeat(32)}-home`);
const [h1, h2, h3] = [pack("1"), pack("2"), pack("3")];
const place = "/home/alice/.local/state/nix/profiles/home";

describe("profilesWith", () => {
  const line = (run: string, store: string, was: string): string =>
    `run_profile=${run} after alice home ${store} 1 0 60 ${was} ${place}`;
  /** A host with `home` as it is, and what it remembers of runs. */
  function remembering(now: string, lines: readonly string[]): HostHistory {
    const [path = "", generation] = now.split(" ");
    const state = { path: storePath(path), generation: Number(generation) };
    const at = facts(c, 3);
    return history({ ...at, profiles: new Map([["home", state]]) }, lines);
  }
  const r1 = [`run_verdict=committed switch ${b} ${a} r1`, line("r1", h2, `1 ${h1}`)];
  const r2 = [`run_verdict=committed switch ${c} ${b} r2`];
  const r3 = [`run_verdict=committed switch ${c} ${c} r3 1`, line("r3", h3, `2 ${h2}`)];
  const to = (system: StorePath, lines: readonly string[], now = `${h3} 3`): readonly string[] | undefined =>
    profilesWith(system, remembering(now, lines))?.moves.map(({ name, from, to: then, stays }) =>
      [name, from?.generation, then?.generation, ...(stays === undefined ? [] : [stays])].join(" "),
    );

  it("undoes everything since the host last had the system", () => {
    const all = [...r1, ...r2, ...r3];
    expect(to(c, all)).toEqual([]);
    expect(to(b, all)).toEqual(["home 3 2"]);
    expect(to(a, all)).toEqual(["home 3 1"]);
    expect(to(d, all)).toBeUndefined();
    expect(to(b, [])).toBeUndefined();
  });

  it("goes forward again after it went back", () => {
    const back = [`run_verdict=committed switch ${b} ${c} r4`, line("r4", h2, `3 ${h3}`)];
    expect(to(c, [...r1, ...r2, ...r3, ...back], `${h2} 2`)).toEqual(["home 2 3"]);
  });

  it("goes back as its user, in the reverse order and to the generation that it was", () => {
    const back = profilesWith(b, remembering(`${h3} 3`, [...r1, ...r2, ...r3]));
    expect(back?.jobs).toMatchObject([
      {
        candidate: h2,
        before: { path: h3 },
        restoreGeneration: 2,
        profile: { name: "home", user: "alice", phase: "before", profilePath: place, magicRollback: false },
      },
    ]);
  });

  it("knows the system by what a run that was reverted left, or began with", () => {
    const tried = [`run_verdict=reverted switch ${c} ${b} r2`, line("r2", h3, `2 ${h2}`)];
    expect(to(b, [...r1, ...tried], `${h2} 2`)).toEqual([]);
    expect(to(c, [...r1, ...tried], `${h2} 2`)).toBeUndefined();
  });

  it("leaves one that was not there then, and says so", () => {
    const made = [`run_verdict=committed switch ${b} ${a} r1`, line("r1", h2, "- -")];
    expect(to(a, made)).toEqual(["home 3  it was not there then"]);
    expect(profilesWith(a, remembering(`${h3} 3`, made))?.jobs).toEqual([]);
  });

  it("does not take the failure of a profile for one of the system that was there already", () => {
    const lines = [...three, `run_verdict=reverted switch ${b} ${b} r1 1`, line("r1", h2, `1 ${h1}`)];
    expect(rollbackTarget(history(facts(c, 10), lines), undefined, "nas").generation).toBe(2);
  });
});

describe("profileTarget", () => {
  const generations = [
    `profile_generation=home 1 1700000000 present ${h1}`,
    `profile_generation=home 2 1700000100 present ${h2}`,
    `profile_generation=home 3 1700000200 present ${h3}`,
  ];
  const find = (lines: readonly string[], wish?: number | StorePath) => {
    const profiles = new Map([["home", { path: h3, generation: 3 }]]);
    return profileTarget("home", history({ ...facts(c, 3), profiles }, lines), { wish, host: "nas" });
  };

  it("takes the generation before, unless a run gave it up, or the one that is named", () => {
    expect(find(generations)).toEqual({ path: h2, generation: 2 });
    const failed = [
      `run_verdict=reverted switch ${c} ${b} r`,
      `run_profile=r after alice home ${h2} 1 1 60 1 ${h1} /x`,
    ];
    expect(find([...generations, ...failed])).toEqual({ path: h1, generation: 1 });
    expect(find([...generations, ...failed], 2)).toEqual({ path: h2, generation: 2 });
    expect(find(generations, h1)).toEqual({ path: h1, generation: 1 });
    expect(() => find(generations, 9)).toThrow(expect.objectContaining({ code: "FLURRY_GENERATION_NOT_FOUND" }));
    expect(() => find(generations.slice(2))).toThrow(expect.objectContaining({ code: "FLURRY_GENERATION_NOT_FOUND" }));
  });
});
