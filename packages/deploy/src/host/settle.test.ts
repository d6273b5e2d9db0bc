import { describe, expect, it, vi } from "vitest";

import { linkOutOfReach } from "../../tests/support/out-of-reach.ts";
import type { HostJob } from "./host-job.ts";
import { RemoteRun } from "./remote-run.ts";
import { awaitVerdict, forgottenVerdict } from "./settle.ts";
import { awaitTried } from "./try.ts";

/** A run on a host that could not be reached at the first attempt, whose caller gives up then. */
function runOutOfReach(): { readonly run: RemoteRun; readonly signal: AbortSignal } {
  const caller = new AbortController();
  const link = linkOutOfReach();
  const session = link.session.bind(link);
  vi.spyOn(link, "session").mockImplementation((signal) => session(signal).finally(() => caller.abort()));
  return { run: new RemoteRun(link, "20261122T130501042Z-3f9c2a7be01d4c55"), signal: caller.signal };
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
    const { run, signal } = runOutOfReach();
    await expect(ask(run, signal)).rejects.toMatchObject({
      code: "FLURRY_HOST_STATE_UNKNOWN",
      host: "laptop",
      hint: expect.stringContaining("goes back to its old system by itself"),
    });
  });
});
