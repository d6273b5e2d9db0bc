import { describe, expect, it } from "vitest";

import { checkRunId, newRunId } from "./run-id.ts";

describe("newRunId", () => {
  it("sorts as the runs began, those of one second too", () => {
    const start = Date.UTC(2026, 10, 22, 13, 5, 1);
    const ids = Array.from({ length: 50 }, (_, index) => newRunId(new Date(start + index * 97)));
    expect(ids.toSorted()).toEqual(ids);
    expect(ids[0]).toMatch(/^20261122T130501000Z-[0-9a-f]{16}$/);
  });

  it("never gives an id twice, and only ids that are taken", () => {
    const now = new Date();
    const ids = Array.from({ length: 100 }, () => newRunId(now));
    expect(new Set(ids.map(checkRunId)).size).toBe(100);
  });
});
