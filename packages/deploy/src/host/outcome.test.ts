import { FlurryError, storePath } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { outcomeOf } from "./outcome.ts";
import type { HostReport } from "./report.ts";

const current = storePath(`/nix/store/${"0".repeat(32)}-nixos-system`);
const report: HostReport = {
  tried: 0,
  verdict: "committed",
  reason: undefined,
  current,
  generation: 3,
  bootId: "b",
  failedUnits: [],
  profiles: [],
};
const evidence = { host: "nas", runId: "r", proofError: undefined, log: "" };

describe("what a host's verdict means", () => {
  it("committed and tested hosts are deployed", () => {
    for (const verdict of ["committed", "tested"] as const) {
      expect(outcomeOf({ ...report, verdict }, evidence)).toEqual({
        status: "deployed",
        after: current,
        generation: 3,
        failedUnits: [],
      });
    }
  });

  it.each([
    ["activation-failed the activation ended with exit code 1", 1, "FLURRY_ACTIVATION_FAILED"],
    ["activation-failed the activation ended with exit code 4", 4, "FLURRY_UNITS_FAILED"],
    // Units that failed were accepted, and are not why it went back.
    ["not-confirmed nobody confirmed the new system within 11 s", 4, "FLURRY_NOT_CONFIRMED"],
    ["activation-timeout the activation did not end within 3 s", undefined, "FLURRY_ACTIVATION_TIMEOUT"],
    ["not-confirmed nobody confirmed the new system within 10 s", 0, "FLURRY_NOT_CONFIRMED"],
    ["commit-failed the new system could not be made the boot default", 0, "FLURRY_COMMIT_FAILED"],
    ["rebooted the host rebooted before it was confirmed", 0, "FLURRY_NOT_CONFIRMED"],
  ] as const)("%s", (reason, tried, code) => {
    const outcome = outcomeOf({ ...report, verdict: "reverted", reason, tried }, { ...evidence, log: "one\ntwo\n" });
    expect(outcome.status).toBe("reverted");
    expect(outcome.error).toMatchObject({
      code,
      host: "nas",
      message: reason.slice(reason.indexOf(" ") + 1),
    });
    // The log tells why an activation went wrong, but not why nobody could reach the host.
    expect(outcome.error?.details).toBe(code === "FLURRY_NOT_CONFIRMED" ? undefined : "one\ntwo");
  });

  it("tells what was printed until the host went back, which prints as well", () => {
    const reason = "activation-failed the activation ended with exit code 1";
    const going = { ...report, verdict: "reverted", reason, tried: 1 } as const;
    const log = "chown: no such user\n== going back\nsetting up /etc...\n";
    expect(outcomeOf(going, { ...evidence, log }).error?.details).toBe("chown: no such user");
    expect(outcomeOf({ ...going, verdict: "revert-failed" }, { ...evidence, log }).error?.details).toContain("/etc");
  });

  it("a host that was asked to go back says why it was asked", () => {
    const proofError = new FlurryError("FLURRY_HEALTH_FAILED", "http://nas/ answered 500, not 200");
    const outcome = outcomeOf(
      { ...report, verdict: "reverted", reason: "gave-up http://nas/" },
      { ...evidence, proofError },
    );
    expect(outcome.error).toMatchObject({ code: "FLURRY_HEALTH_FAILED", host: "nas" });
  });

  it("a revert that failed is never called reverted", () => {
    const outcome = outcomeOf({ ...report, verdict: "revert-failed", reason: "not-confirmed nobody" }, evidence);
    expect(outcome).toMatchObject({ status: "failed", error: { code: "FLURRY_REVERT_FAILED" } });
  });
});
