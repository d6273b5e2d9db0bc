import { FlurryError } from "@flurry/core";
import type { NixContext, NixPool } from "@flurry/nix";
import { describe, expect, it, vi } from "vitest";

import { linkOutOfReach } from "../../tests/support/out-of-reach.ts";
import type { HostJob } from "../host/host-job.ts";
import type { RunContext } from "../run-context.ts";
import { rebootHost } from "./reboot-host.ts";

const aborted = new AbortController();
aborted.abort();
const order = {
  job: {} as HostJob,
  outcome: { status: "deployed", failedUnits: [] },
  before: 1,
  wish: { when: "always", timeoutMs: 50 },
} as const;

function contextWith(signal: AbortSignal): RunContext {
  return {
    pool: {} as NixPool,
    nix: {} as NixContext,
    ssh: { env: {}, cwd: "/" },
    operator: "alice@laptop",
    emit: () => {},
    signal,
  };
}

describe("a host that has its new system, and whose reboot cannot be followed", () => {
  it("is told as that, and not only that there was no connection", async () => {
    await using link = linkOutOfReach();
    await expect(rebootHost(link, order, contextWith(AbortSignal.timeout(20_000)))).rejects.toMatchObject({
      code: "FLURRY_REBOOT_FAILED",
      message: expect.stringContaining("it has its new system, but its reboot was not followed to its end"),
    });
  });

  it("is not told as one that nothing was done on, where another run has its lock since", async () => {
    await using link = linkOutOfReach();
    const locked = new FlurryError("FLURRY_HOST_LOCKED", "bob@desk is deploying to the host");
    vi.spyOn(link, "call").mockRejectedValue(locked);
    await expect(rebootHost(link, order, contextWith(AbortSignal.timeout(20_000)))).rejects.toMatchObject({
      code: "FLURRY_REBOOT_FAILED",
      message: expect.stringMatching(/not followed to its end: bob@desk is deploying/),
      cause: locked,
    });
    await expect(rebootHost(link, order, contextWith(aborted.signal))).rejects.toBe(locked);
  });
});
