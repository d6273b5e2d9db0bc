import { describe, expect, it } from "vitest";

import { eventHub } from "./events.ts";
import type { FleetEvent } from "./events.ts";

describe("eventHub", () => {
  it("stamps events and hands them to every sink in order", () => {
    const a: FleetEvent[] = [];
    const b: FleetEvent[] = [];
    let clock = 100;
    const emit = eventHub([(event) => a.push(event), (event) => b.push(event)], () => clock++);
    emit({ kind: "stage-started", host: "nas", stage: "copy" });
    emit({ kind: "log", level: "info", line: "x" });
    expect(a).toEqual(b);
    expect(a.map(({ at, kind }) => [at, kind])).toEqual([
      [100, "stage-started"],
      [101, "log"],
    ]);
  });
});
