import type { FlurryErrorCode, Verdict, VerdictStatus } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { parseHostState } from "./host-state.ts";
import type { HostState } from "./host-state.ts";
import { judgeVerdict } from "./judge-verdict.ts";

function hostThatSays(
  ...runs: readonly (readonly [id: string, verdict: string, candidate: string, goal?: string])[]
): HostState {
  const rows = runs.map(([id, verdict, candidate, goal = "switch"], index) =>
    ["run", id, goal, candidate, "/old", "system-1-link", "b", "commit", verdict, "why not", String(index)].join("\t"),
  );
  return parseHostState(["current\t/new", ...rows].join("\n"));
}

function said(status: VerdictStatus, code?: FlurryErrorCode): Verdict {
  return { host: "h", status, durationMs: 1, ...(code === undefined ? {} : { error: { code, message: "" } }) };
}

const agreeing: readonly (readonly [Verdict, HostState])[] = [
  [said("deployed"), hostThatSays(["r", "committed", "/new"])],
  [said("deployed"), hostThatSays(["r", "tested", "/new"])],
  [said("reverted", "FLURRY_NOT_CONFIRMED"), hostThatSays(["r", "reverted", "/new"])],
  [said("reverted", "FLURRY_NOT_CONFIRMED"), hostThatSays(["r", "committed", "/new"], ["a", "committed", "/old"])],
  [
    said("reverted", "FLURRY_NOT_CONFIRMED"),
    hostThatSays(["r", "committed", "/new", "boot"], ["s", "committed", "/else", "boot"]),
  ],
  // A way back that is about profiles alone.
  [
    said("reverted", "FLURRY_NOT_CONFIRMED"),
    hostThatSays(["r", "committed", "/old", "boot"], ["s", "committed", "/old", "boot"]),
  ],
  [said("unchanged"), hostThatSays()],
  [said("failed", "FLURRY_HOST_LOCKED"), hostThatSays(["other", "committed", "/new"])],
  [said("failed", "FLURRY_HOST_STATE_UNKNOWN"), hostThatSays(["r", "committed", "/new"])],
  [said("failed", "FLURRY_HOST_MOVED"), hostThatSays(["r", "committed", "/new"], ["b", "committed", "/else"])],
];

const disagreeing: readonly (readonly [Verdict, HostState])[] = [
  [said("failed", "FLURRY_HOST_MOVED"), hostThatSays(["r", "committed", "/new"])],
  [said("reverted", "FLURRY_HOST_MOVED"), hostThatSays(["r", "committed", "/new"], ["b", "committed", "/else"])],
  [said("deployed"), hostThatSays(["r", "reverted", "/new"])],
  [said("deployed"), hostThatSays()],
  [said("reverted", "FLURRY_NOT_CONFIRMED"), hostThatSays(["r", "committed", "/new"])],
  [said("reverted", "FLURRY_NOT_CONFIRMED"), hostThatSays(["q", "committed", "/old"], ["r", "committed", "/new"])],
  [said("failed", "FLURRY_REMOTE_COMMAND_FAILED"), hostThatSays(["r", "reverted", "/new"])],
  [said("unreachable", "FLURRY_SSH_UNREACHABLE"), hostThatSays(["r", "committed", "/new"])],
  [said("failed", "FLURRY_INTERNAL"), hostThatSays()],
];

describe("a deployer's verdict", () => {
  it.each(agreeing)("%j agrees with the host", (verdict, state) => {
    expect(judgeVerdict(verdict, { runIds: ["r"], wasResumed: false }, state)).toEqual([]);
  });

  it.each(disagreeing)("%j does not agree with the host", (verdict, state) => {
    expect(judgeVerdict(verdict, { runIds: ["r"], wasResumed: false }, state)).toHaveLength(1);
  });
});

describe("the verdict of whoever goes on with a run", () => {
  const resumed = { runIds: ["s", "r"], wasResumed: false };

  it("agrees with what the run before has done", () => {
    const state = hostThatSays(["r", "committed", "/new"]);
    for (const status of ["deployed", "unchanged"] as const)
      expect(judgeVerdict(said(status), resumed, state)).toEqual([]);
    expect(judgeVerdict(said("reverted", "FLURRY_NOT_CONFIRMED"), resumed, state)).toHaveLength(1);
  });

  it("is what counts for what the deployer before it left undone", () => {
    const state = hostThatSays(["r", "committed", "/new"]);
    const verdict = said("failed", "FLURRY_REMOTE_COMMAND_FAILED");
    expect(judgeVerdict(verdict, { runIds: ["r"], wasResumed: true }, state)).toEqual([]);
    expect(judgeVerdict(verdict, { runIds: ["r"], wasResumed: false }, state)).toHaveLength(1);
  });
});
