import { parseFleet } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { HostLink } from "./host-link.ts";

describe("a host that is deployed on itself only", () => {
  it("is not looked for over ssh, and says so", async () => {
    const fleet = parseFleet({ hosts: { laptop: { deploy: { local: "only" } } } });
    const [host] = fleet.ok ? fleet.value.hosts : [];
    if (host === undefined) throw new Error("there is no host");
    await using link = new HostLink(host, { env: {}, cwd: "/" });
    await expect(link.session(AbortSignal.timeout(20_000))).rejects.toMatchObject({
      code: "FLURRY_SSH_UNREACHABLE",
      host: "laptop",
      hint: expect.stringContaining("Run Flurry on laptop itself"),
    });
  });
});
