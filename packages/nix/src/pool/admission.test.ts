import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Admission } from "./admission.ts";

const never = new AbortController().signal;

describe("Admission", () => {
  it("never runs more than its limit, and runs all", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.boolean(), { maxLength: 20 }),
        async (limit, fails) => {
          const admission = new Admission(limit);
          let running = 0;
          let most = 0;
          const settled = await Promise.allSettled(
            fails.map((fail) =>
              admission.run(
                async () => {
                  most = Math.max(most, ++running);
                  await new Promise((resolve) => setImmediate(resolve));
                  running -= 1;
                  if (fail) throw new Error("no");
                },
                never,
                "x",
              ),
            ),
          );
          expect(most).toBe(Math.min(limit, fails.length));
          expect(settled.map(({ status }) => status === "rejected")).toEqual(fails);
        },
      ),
    );
  });

  it("drops what waits when its signal aborts, and starts the next", async () => {
    const admission = new Admission(1);
    const controller = new AbortController();
    const ran: string[] = [];
    let release = (): void => {};
    const first = admission.run(() => new Promise<void>((resolve) => (release = resolve)), never, "first");
    const second = admission.run(async () => void ran.push("second"), controller.signal, "second");
    const third = admission.run(async () => void ran.push("third"), never, "third");
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: "FLURRY_ABORTED", message: "second was cancelled" });
    release();
    await Promise.all([first, third]);
    expect(ran).toEqual(["third"]);
  });

  it("does not start for a signal that has aborted", async () => {
    const run = new Admission(1).run(async () => "ran", AbortSignal.abort(), "x");
    await expect(run).rejects.toMatchObject({ code: "FLURRY_ABORTED" });
  });
});
