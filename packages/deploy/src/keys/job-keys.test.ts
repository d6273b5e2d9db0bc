import { describe, expect, it } from "vitest";

import { aKey } from "../../tests/support/a-key.ts";
import { linkOutOfReach } from "../../tests/support/out-of-reach.ts";
import type { HostJob } from "../host/host-job.ts";
import { bringLateKeys } from "./job-keys.ts";
import { MadeKey } from "./made-key.ts";

const keys = [new MadeKey(aKey({ uploadAt: "post-activation" }), Buffer.from("value"))];
const job = { keys } as unknown as HostJob;

describe("keys that come when a host has its new system for good", () => {
  it("and do not get through: that is told, and not only that a connection broke", async () => {
    await using link = linkOutOfReach();
    const outcome = { status: "deployed", failedUnits: [] } as const;
    const signal = AbortSignal.timeout(20_000);
    const told = await bringLateKeys(link, { job, outcome }, { emit: () => {}, signal });
    expect(told).toMatchObject({
      status: "failed",
      error: { code: "FLURRY_KEYS_NOT_UPLOADED", host: "laptop", hint: "Bring them: flurry upload-keys laptop" },
    });
    expect(told.error?.message).toMatch(/^it has its new system, but not all of its keys: /);
  });
});
