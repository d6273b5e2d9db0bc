import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { readFleetFile } from "./read-fleet-file.ts";

const file = fileURLToPath(new URL("../../../../fixtures/homelab/fleet.yaml", import.meta.url));

describe("the example fleet", () => {
  it("has no issue", async () => {
    expect(await readFleetFile(file)).toMatchObject({ ok: true, warnings: [] });
  });
});
