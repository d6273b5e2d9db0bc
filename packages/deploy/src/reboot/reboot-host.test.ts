import type { NixContext, NixPool } from "@flurry/nix";
import { parseFleet } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import type { HostJob } from "../host/host-job.ts";
import { HostLink } from "../host/host-link.ts";
import { rebootHost } from "./reboot-host.ts";

describe("a host that is to reboot and cannot be reached any more", () => {
  it("has its new system: that is told, and not only that there was no connection", async () => {
    const fleet = parseFleet({ hosts: { laptop: { deploy: { local: "only" } } } });
    const [host] = fleet.ok ? fleet.value.hosts : [];
    if (host === undefined) throw new Error("there is no host");
    await using link = new HostLink(host, { env: {}, cwd: "/" });
    const order = {
      job: {} as HostJob,
      outcome: { status: "deployed", failedUnits: [] },
      before: 1,
      wish: { when: "always", timeoutMs: 50 },
    } as const;
    const context = {
      pool: {} as NixPool,
      nix: {} as NixContext,
      ssh: { env: {}, cwd: "/" },
      operator: "alice@laptop",
      emit: () => {},
      signal: AbortSignal.timeout(20_000),
    };
    await expect(rebootHost(link, order, context)).rejects.toMatchObject({
      code: "FLURRY_REBOOT_FAILED",
      message: expect.stringContaining("it has its new system, but its reboot was not followed to its end"),
    });
  });
});
