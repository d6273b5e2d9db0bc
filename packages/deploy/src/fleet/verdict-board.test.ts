import { FlurryError } from "@flurry/core";
import type { FleetEventBody } from "@flurry/core";
import { deployDefaults } from "@flurry/schema";
import type { Host } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { VerdictBoard } from "./verdict-board.ts";

const host = (name: string): Host => ({
  name,
  addresses: [name],
  tags: [],
  attrPath: [],
  modules: [],
  hostKeys: [],
  deploy: deployDefaults,
  health: [],
});

describe("VerdictBoard", () => {
  it("gives each host one verdict, in the hosts' order, and tells it", () => {
    const events: FleetEventBody[] = [];
    const board = new VerdictBoard([host("a"), host("b"), host("c")], (event) => events.push(event));
    board.settle("c", { status: "deployed", failedUnits: ["x.service"] }, undefined);
    board.fail("a", new FlurryError("FLURRY_SSH_UNREACHABLE", "no route"), { stage: "preflight" });
    board.fail("b", new FlurryError("FLURRY_BUILD_FAILED", "no"), { stage: "build" });
    expect(board.all().map(({ host: name, status }) => [name, status])).toEqual([
      ["a", "unreachable"],
      ["b", "failed"],
      ["c", "deployed"],
    ]);
    expect(events.filter(({ kind }) => kind === "verdict")).toHaveLength(3);
    expect(board.get("a")?.error).toMatchObject({ code: "FLURRY_SSH_UNREACHABLE", host: "a" });
  });

  it("a host without a verdict is a bug that fails the run", () => {
    const board = new VerdictBoard([host("a")], () => {});
    expect(board.all()).toMatchObject([{ host: "a", status: "failed", error: { code: "FLURRY_INTERNAL" } }]);
  });
});
