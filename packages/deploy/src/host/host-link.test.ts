import { describe, expect, it } from "vitest";

import { linkOutOfReach } from "../../tests/support/out-of-reach.ts";

describe("a host that is deployed on itself only", () => {
  it("is not looked for over ssh, and says so", async () => {
    await using link = linkOutOfReach();
    await expect(link.session(AbortSignal.timeout(20_000))).rejects.toMatchObject({
      code: "FLURRY_SSH_UNREACHABLE",
      host: "laptop",
      hint: expect.stringContaining("Run Flurry on laptop itself"),
    });
  });
});
