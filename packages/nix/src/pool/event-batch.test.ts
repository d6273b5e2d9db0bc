import { describe, expect, it } from "vitest";

import type { NixLogEvent } from "../process/internal-json.ts";
import { EventBatch } from "./event-batch.ts";

function progress(id: string, done: number): NixLogEvent {
  return { kind: "result", id, result: { type: "progress", done, expected: 9, running: 0, failed: 0 } };
}

describe("EventBatch", () => {
  it("sends in order and keeps only the last of a run of progress reports", () => {
    const sent: (readonly NixLogEvent[])[] = [];
    const batch = new EventBatch((events) => sent.push(events));
    const stop: NixLogEvent = { kind: "stop", id: "1" };
    for (const event of [progress("1", 1), progress("1", 2), progress("2", 1), progress("1", 3), stop])
      batch.add(event);
    expect(sent).toEqual([]);
    batch.flush();
    batch.flush();
    expect(sent).toEqual([[progress("1", 2), progress("2", 1), progress("1", 3), stop]]);
  });
});
