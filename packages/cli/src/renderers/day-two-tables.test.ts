import { storePath } from "@flurry/core";
import type { CollectResult, RunRecord } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { ranges, renderCollected } from "./collect-table.ts";
import { colorsFor } from "./colors.ts";
import { renderRollback, renderRollbackPlan } from "./rollback-table.ts";
import { renderRun, renderRuns } from "./runs-table.ts";

const view = { colors: colorsFor(false), columns: undefined };
const [old, young] = ["a", "b"].map((letter) => storePath(`/nix/store/${letter.repeat(32)}-nixos-system-nas`));

describe("rollback tables", () => {
  const moves = [
    {
      host: "nas",
      from: { generation: 3, system: young ?? storePath("") },
      to: { generation: 2, system: old ?? storePath("") },
    },
    { host: "web", error: { code: "FLURRY_GENERATION_NOT_FOUND", message: "there is no generation 9" } },
  ] as const;

  it("say where from and where to before anything happens", () => {
    const text = renderRollbackPlan(moves, view);
    expect(text).toMatch(/^nas +~ would go back +3 → 2 +bbbbbbbb → aaaaaaaa$/m);
    expect(text).toMatch(/^web +✗ cannot +there is no generation 9$/m);
    expect(text).toContain("1 of 2 hosts would go back; nothing was touched");
  });

  it("say what became of it afterwards", () => {
    const verdicts = [{ host: "nas", status: "deployed", durationMs: 4000 }] as const;
    expect(renderRollback(verdicts, moves, view)).toMatch(/^nas +✓ went back +3 → 2 +bbbbbbbb → aaaaaaaa +4.0 s$/m);
  });
});

describe("rollback tables of hosts with profiles", () => {
  const end = { generation: 2, system: old ?? storePath("") };
  const path = storePath(`/nix/store/${"c".repeat(32)}-home`);
  const [from, to] = [{ path, generation: 4 }, { path: end.system }];
  const unknown = { name: "notes", user: "alice", from, stays: "what it was then is not known" } as const;
  const moves = [
    { host: "nas", from: end, to: end, profiles: [{ name: "home", user: "alice", from, to }, unknown] },
    { host: "web", from: end, to: end },
  ];

  it("say which go back too, and which do not", () => {
    const text = renderRollbackPlan(moves, view);
    expect(text).toMatch(/^nas +~ would go back +2 +aaaaaaaa +home 4 → aaaaaaaa +profile notes stays: what it was/m);
    expect(text).toMatch(/^web += unchanged/m);
    expect(text).toContain("1 of 2 hosts would go back");
    const verdicts = [{ host: "nas", status: "deployed", durationMs: 4000 }] as const;
    expect(renderRollback(verdicts, moves, view)).toMatch(/aaaaaaaa +home 4 → aaaaaaaa +4.0 s +profile notes stays/);
  });
});

describe("tables of runs", () => {
  const run: RunRecord = {
    runId: "20261122T130501Z-3f9c2a7be01d4c55",
    file: "f",
    command: "deploy",
    goal: "switch",
    source: ".",
    operator: "alice@laptop",
    startedAt: 1000,
    state: "broken-off",
    errors: [],
    hosts: [
      {
        host: "nas",
        stages: [],
        errors: [],
        verdict: { host: "nas", status: "deployed", durationMs: 1, generation: 4, profiles: [{ name: "home" }] },
      },
      { host: "web", stages: [{ stage: "try", startedAt: 5 }], errors: [] },
    ],
  };

  it("count verdicts, and say which have none", () => {
    expect(renderRuns([run], view)).toMatch(
      /alice@laptop +deploy switch +1 deployed, 1 without a verdict, broken off$/m,
    );
    expect(renderRuns([{ ...run, resumedBy: "later" }], view)).toContain("went on as later");
  });

  it("say how far each host was", () => {
    const text = renderRun(run, view);
    expect(text).toMatch(/^state +broken off$/m);
    expect(text).toMatch(/^nas +✓ deployed +4 +with home$/m);
    expect(text).toMatch(/^web +\? none +activating … +last seen in activating$/m);
    expect(renderRun({ ...run, state: "running" }, view)).toMatch(/^web +… at work/m);
  });
});

describe("renderCollected", () => {
  const fate = { system: "/nix/store/x", madeAt: 1 };
  const result: CollectResult = {
    host: "nas",
    generations: [
      { number: 1, fate: "delete", ...fate },
      { number: 2, fate: "keep", why: "newest", ...fate },
      { number: 3, fate: "keep", why: "to roll back to", ...fate },
      { number: 4, fate: "keep", why: "boot default", ...fate },
    ],
    deleted: [1],
    profiles: [
      {
        name: "home",
        user: "alice",
        generations: [
          { number: 7, fate: "delete", ...fate },
          { number: 8, fate: "keep", why: "current", ...fate },
        ],
        deleted: [7],
      },
    ],
    freedBytes: 2_000_000,
    freedPaths: 7,
    durationMs: 1500,
  };

  it("says what is gone, what stays and why", () => {
    const text = renderCollected([result], { ...view, isDryRun: false });
    expect(text).toMatch(/^nas +✓ done +1 +4 \(boot default\), 3 \(to roll back to\), 2 +2.0 MB +7 +1.5 s$/m);
    expect(text).toMatch(/^nas\.home +7 +8 \(current\)$/m);
    expect(text).toContain("2 generations deleted and 2.0 MB freed on 1 host");
    expect(renderCollected([{ ...result, isUnfinished: true }], { ...view, isDryRun: false })).toContain(
      "! time is up",
    );
  });

  it.each([
    [[], ""],
    [[3, 1, 2], "1-3"],
    [[1, 2, 5, 7, 8], "1-2, 5, 7-8"],
  ])("writes %j as %s", (numbers, text) => {
    expect(ranges(numbers)).toBe(text);
  });
});
