import type { FlurryErrorCode, Verdict, VerdictStatus } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { exitCodeOf, exitCodeOfError } from "./exit-code.ts";

function verdict(status: VerdictStatus, code?: FlurryErrorCode): Verdict {
  return { host: "h", status, durationMs: 1, ...(code === undefined ? {} : { error: { code, message: "m" } }) };
}

describe("the exit code of a run", () => {
  it.each<[string, readonly Verdict[], number]>([
    ["nothing at all is never success", [], 2],
    ["all there", [verdict("deployed"), verdict("unchanged")], 0],
    ["left out as asked", [verdict("deployed"), verdict("skipped")], 0],
    ["left out because the run stopped", [verdict("skipped", "FLURRY_ABORTED")], 130],
    ["one unreachable", [verdict("deployed"), verdict("unreachable", "FLURRY_SSH_UNREACHABLE")], 6],
    ["reverted", [verdict("reverted", "FLURRY_NOT_CONFIRMED"), verdict("deployed")], 8],
    ["does not evaluate", [verdict("failed", "FLURRY_EVAL_FAILED"), verdict("failed", "FLURRY_BUILD_FAILED")], 4],
    ["locked", [verdict("failed", "FLURRY_HOST_LOCKED")], 7],
    ["different failures", [verdict("reverted", "FLURRY_NOT_CONFIRMED"), verdict("failed", "FLURRY_EVAL_FAILED")], 5],
    ["one that needs a person stands above all", [verdict("reverted"), verdict("failed", "FLURRY_REVERT_FAILED")], 9],
    ["a failure without a code", [verdict("failed")], 1],
  ])("%s", (_, verdicts, code) => expect(exitCodeOf(verdicts)).toBe(code));

  it.each<[FlurryErrorCode, number]>([
    ["FLURRY_FLEET_INVALID", 3],
    ["FLURRY_NOTHING_SELECTED", 2],
    ["FLURRY_SSH_AUTH_FAILED", 6],
    ["FLURRY_NIX_NOT_FOUND", 1],
  ])("%s gives %d", (code, expected) => expect(exitCodeOfError(code)).toBe(expected));
});
