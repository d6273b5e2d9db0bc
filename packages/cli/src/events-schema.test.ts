import { readFileSync } from "node:fs";

import { eventsJsonSchema } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

describe("events.schema.json", () => {
  it("is what the schema says", () => {
    const file = new URL("../events.schema.json", import.meta.url);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(eventsJsonSchema());
  });
});
