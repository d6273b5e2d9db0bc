import { FlurryError } from "@flurry/core";
import type { FlurryErrorCode } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { onceMore } from "./once-more.ts";

/** A copy that fails so many times before it works. */
function copyThatFails(times: number, code: FlurryErrorCode): { readonly copy: () => Promise<number>; calls: number } {
  const state = {
    calls: 0,
    copy: async () => {
      state.calls += 1;
      if (state.calls <= times) throw new FlurryError(code, `failure ${state.calls}`);
      return state.calls;
    },
  };
  return state;
}

describe("onceMore", () => {
  it.each([
    ["FLURRY_NIX_KILLED", 1, 2],
    ["FLURRY_SSH_CONNECTION_LOST", 1, 2],
    ["FLURRY_COPY_FAILED", 0, 1],
  ] as const)("after %s %i times it is done after %i attempts", async (code, times, attempts) => {
    const state = copyThatFails(times, code);
    const told: string[] = [];
    const { signal } = new AbortController();
    expect(await onceMore(state.copy, { signal, onRetry: ({ message }) => told.push(message) })).toBe(attempts);
    expect(told).toHaveLength(times);
  });

  it.each([
    ["FLURRY_NIX_KILLED", 2, "failure 2"],
    ["FLURRY_COPY_UNSIGNED", 1, "failure 1"],
    ["FLURRY_HOST_DISK_FULL", 1, "failure 1"],
  ] as const)("%s, %i times, is thrown as %s", async (code, times, message) => {
    const { signal } = new AbortController();
    await expect(onceMore(copyThatFails(times, code).copy, { signal, onRetry: () => {} })).rejects.toMatchObject({
      code,
      message,
    });
  });

  it("does not try again when nobody waits any more", async () => {
    const state = copyThatFails(1, "FLURRY_NIX_KILLED");
    const { signal } = { signal: AbortSignal.abort() };
    await expect(onceMore(state.copy, { signal, onRetry: () => {} })).rejects.toMatchObject({ message: "failure 1" });
    expect(state.calls).toBe(1);
  });
});
