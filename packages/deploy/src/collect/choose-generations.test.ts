import { storePath } from "@flurry/core";
import type { Profile } from "@flurry/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { HostHistory } from "../rollback/host-history.ts";
import { chooseGenerations, chooseProfileGenerations } from "./choose-generations.ts";
import { freed } from "./collect-fleet.ts";

const alphabet = "0123456789abcdfghijklmnpqrsvwxyz";
const system = (at: number) => storePath(`/nix/store/${(alphabet[at] ?? "z").repeat(32)}-nixos-system-nas`);

const day = 86_400;

interface Ends {
  readonly current?: number;
  readonly profile?: number;
  readonly booted?: number;
  readonly gone?: readonly number[];
}

/** A host with generations 1 to `count`, one a day, that runs, boots and has booted the given ones. */
function history(count: number, ends: Ends = {}): HostHistory {
  const current = ends.current ?? count;
  const { profile = current, booted = current, gone = [] } = ends;
  return {
    facts: {
      current: system(current),
      profile: system(profile),
      generation: profile,
      booted: system(booted),
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
    },
    generations: Array.from({ length: count }, (_, at) => ({
      number: at + 1,
      system: system(at + 1),
      madeAt: (at + 1) * day,
      isPresent: !gone.includes(at + 1),
      lastVerdict: undefined,
    })),
    profiles: new Map(),
    runs: [],
    lacking: [],
    lackingOf: new Map(),
  };
}

const doomed = (...args: Parameters<typeof chooseGenerations>): readonly number[] =>
  chooseGenerations(...args).flatMap(({ number, fate }) => (fate === "delete" ? [number] : []));

const now = 11 * day * 1000;

describe("chooseGenerations", () => {
  it("keeps the newest", () => {
    expect(doomed(history(10), { keep: 3 }, now)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(doomed(history(10), { keep: 20 }, now)).toEqual([]);
  });

  it("keeps what is young", () => {
    expect(doomed(history(10), { keep: 1, olderThanMs: 5 * day * 1000 }, now)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(doomed(history(10), { keep: 6, olderThanMs: 5 * day * 1000 }, now)).toEqual([1, 2, 3, 4]);
  });

  it("keeps what the host runs, has booted, boots, and would roll back to, and says why", () => {
    const fates = chooseGenerations(history(10, { current: 4, profile: 6, booted: 2 }), { keep: 1 }, now);
    const why = new Map(fates.map(({ number, fate, why: reason }) => [number, `${fate} ${reason ?? ""}`.trim()]));
    expect([why.get(2), why.get(4), why.get(6), why.get(10)]).toEqual([
      "keep booted",
      "keep current",
      "keep boot default",
      "keep newest",
    ]);
    expect([1, 3, 5, 7, 8, 9].map((number) => why.get(number))).toEqual(Array.from({ length: 6 }, () => "delete"));
    expect(doomed(history(10), { keep: 1 }, now)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("deletes generations that lead nowhere, and does not count them as kept", () => {
    expect(doomed(history(6, { gone: [4, 5] }), { keep: 2 }, now)).toEqual([1, 2, 4, 5]);
  });

  it("never gives away what the host needs", () => {
    const number = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(
        number.chain((count) =>
          fc.record({
            count: fc.constant(count),
            current: fc.integer({ min: 1, max: count }),
            profile: fc.integer({ min: 1, max: count }),
            booted: fc.integer({ min: 1, max: count }),
          }),
        ),
        fc.integer({ min: 1, max: 5 }),
        fc.option(fc.integer({ min: 0, max: 30 * day * 1000 }), { nil: undefined }),
        ({ count, ...ends }, keep, olderThanMs) => {
          const gone = doomed(
            history(count, ends),
            { keep, ...(olderThanMs === undefined ? {} : { olderThanMs }) },
            now,
          );
          expect(gone).not.toContain(ends.current);
          expect(gone).not.toContain(ends.profile);
          expect(gone).not.toContain(ends.booted);
          expect(count - gone.length).toBeGreaterThanOrEqual(Math.min(keep, count));
        },
      ),
    );
  });
});

describe("chooseProfileGenerations", () => {
  const states = { home: { path: system(8), generation: 8 }, notes: { path: system(2), generation: 2 } };
  const fates = (runs: HostHistory["runs"], keep: number) => {
    const host = history(9);
    const profiles = new Map([
      ["home", host.generations],
      ["notes", host.generations.slice(0, 2)],
    ]);
    const facts = { ...host.facts, profiles: new Map(Object.entries(states)) };
    return chooseProfileGenerations({ ...host, facts, profiles, runs }, { keep }, now)
      .filter(({ why }) => why !== "newest")
      .map(({ profile, number, why }) => `${profile} ${number}${why === undefined ? "" : ` ${why}`}`);
  };

  it("keeps what each is, and what it would go back to", () => {
    expect(fates([], 1)).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((number) => `home ${number}`),
      "home 7 to roll back to",
      "home 8 current",
      "notes 1 to roll back to",
      "notes 2 current",
    ]);
  });

  it("keeps what it would go back to with the system", () => {
    const home: Profile = {
      name: "home",
      user: "alice",
      attrPath: [],
      phase: "after",
      autoRollback: true,
      magicRollback: true,
      activationTimeoutMs: 1000,
    };
    const was = { path: system(3), generation: 3 };
    const profiles = [{ profile: home, candidate: system(8), was }];
    const run = {
      verdict: "committed",
      goal: "switch",
      candidate: system(9),
      before: system(8),
      keepsSystem: false,
      profiles,
    } as const;
    expect(fates([run], 1)).toContain("home 3 to roll back to");
  });
});

describe("freed", () => {
  it.each([
    [
      ["deleting unused links...", "note: x", "12 store paths deleted, 3.50 MiB freed"],
      { freedPaths: 12, freedBytes: 3670016 },
    ],
    [["0 store paths deleted, 0.00 MiB freed"], { freedPaths: 0, freedBytes: 0 }],
    [["something else"], {}],
  ])("reads %j", (lines, expected) => {
    expect(freed(lines)).toEqual(expected);
  });
});
