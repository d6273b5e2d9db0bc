import { storePath } from "@flurry/core";
import { describe, expect, it } from "vitest";

import type { HostFacts } from "../host/facts.ts";
import { parseReply } from "../host/reply.ts";
import { historyOf } from "./host-history.ts";
import type { HostHistory } from "./host-history.ts";
import { requireWhole, rollbackTarget } from "./rollback-target.ts";

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
