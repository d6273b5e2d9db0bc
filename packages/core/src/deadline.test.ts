import { describe, expect, it } from "vitest";

import { abortReason, deadline, formatMs, sleep } from "./deadline.ts";
import { FlurryError } from "./errors.ts";

describe("deadline", () => {
  it("aborts with FLURRY_TIMEOUT and says what was late", async () => {
    using limit = deadline(5, "copying to nas");
    await expect(sleep(10_000, limit.signal)).rejects.toMatchObject({
      code: "FLURRY_TIMEOUT",
      message: "copying to nas did not end within 5 ms",
    });
  });

  it("passes on the abort of its parent, also one that came before", () => {
    const parent = new AbortController();
    using late = deadline(10_000, "it", parent.signal);
    parent.abort(new FlurryError("FLURRY_HOST_LOCKED", "locked"));
    using early = deadline(10_000, "it", parent.signal);
    for (const { signal } of [late, early]) expect(signal.reason).toMatchObject({ code: "FLURRY_HOST_LOCKED" });
  });

  it("says cancelled when the parent gives no reason of ours", () => {
    const parent = new AbortController();
    parent.abort();
    expect(abortReason(parent.signal, "waiting")).toMatchObject({
      code: "FLURRY_ABORTED",
      message: "waiting was cancelled",
    });
  });

  it("leaves no timer or listener behind", () => {
    const parent = new AbortController();
    const limit = deadline(1, "it", parent.signal);
    limit[Symbol.dispose]();
    parent.abort();
    expect(limit.signal.aborted).toBe(false);
  });
});

describe("formatMs", () => {
  it.each([
    [20, "20 ms"],
    [1500, "1.5 s"],
    [240_000, "240 s"],
  ])("%d is %s", (ms, text) => expect(formatMs(ms)).toBe(text));
});
