import { parseFleet } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import type { HostJob } from "./host-job.ts";
import { HostLink } from "./host-link.ts";
import { RemoteRun } from "./remote-run.ts";
import { awaitVerdict, forgottenVerdict } from "./settle.ts";
import { awaitTried } from "./try.ts";

/** A run on a host that cannot be reached: it is only deployed on itself, and this machine is not it. */
function runOutOfReach(): RemoteRun {
  const fleet = parseFleet({ hosts: { laptop: { deploy: { local: "only" } } } });
  const [host] = fleet.ok ? fleet.value.hosts : [];
  if (host === undefined) throw new Error("there is no host");
  return new RemoteRun(new HostLink(host, { env: {}, cwd: "/" }), "20261122T130501042Z-3f9c2a7be01d4c55");
}

const job: HostJob = {
  candidate: "/nix/store/00000000000000000000000000000000-new",
  before: "/nix/store/11111111111111111111111111111111-old",
} as HostJob;

describe("a host that has begun and cannot be asked when the caller gives up", () => {
  const questions: readonly (readonly [string, (run: RemoteRun, signal: AbortSignal) => Promise<unknown>])[] = [
    ["whether the activation has ended", (run, signal) => awaitTried(run, { emit: () => {}, signal })],
    ["for its verdict", (run, signal) => awaitVerdict({ run, signal })],
    ["what it runs, having no record", (run, signal) => forgottenVerdict({ run, job, signal })],
  ];
  it.each(questions)("%s: is not called unreachable, which is for hosts that are as they were", async (_, ask) => {
    await expect(ask(runOutOfReach(), AbortSignal.timeout(50))).rejects.toMatchObject({
      code: "FLURRY_HOST_STATE_UNKNOWN",
      host: "laptop",
      hint: expect.stringContaining("goes back to its old system by itself"),
    });
  });
});
