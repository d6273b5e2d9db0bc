import type { FleetEvent } from "@flurry/core";
import { describe, expect, it } from "vitest";
import type * as z from "zod";

import { eventsJsonSchema, outputLineSchema } from "./event-schema.ts";
import type { fleetEventSchema } from "./event-schema.ts";

/** Compiles only while the schema describes every event with all its keys. */
const described = (event: FleetEvent): z.input<typeof fleetEventSchema> => event;

describe("outputLineSchema", () => {
  it("takes an event", () => {
    const event: FleetEvent = {
      at: 1,
      kind: "failure",
      host: "nas",
      stage: "build",
      error: {
        code: "FLURRY_BUILD_FAILED",
        message: "no",
        place: { file: "flake.nix", line: 1 },
        cause: { code: "FLURRY_TIMEOUT", message: "late" },
      },
    };
    expect(outputLineSchema.safeParse(described(event)).success).toBe(true);
  });

  it.each([
    ["an unknown kind", { kind: "explosion", at: 1 }],
    ["an event without a time", { kind: "log", level: "info", line: "x" }],
    ["an error without a code of ours", { kind: "failure", at: 1, error: { code: "ENOENT", message: "" } }],
    [
      "a report of another version",
      { kind: "report", schemaVersion: 2, runId: "", verdicts: [], exitCode: 0, durationMs: 1 },
    ],
  ])("refuses %s", (_, line) => {
    expect(outputLineSchema.safeParse(line).success).toBe(false);
  });
});

describe("eventsJsonSchema", () => {
  it("allows keys that later versions may add", () => {
    expect(JSON.stringify(eventsJsonSchema())).not.toContain("additionalProperties");
  });
});
