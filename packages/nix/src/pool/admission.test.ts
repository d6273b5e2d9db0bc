import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Admission } from "./admission.ts";
import type { Need } from "./admission.ts";

const never = new AbortController().signal;

describe("Admission", () => {
  it("never runs more than its limit, and runs all", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.boolean(), { maxLength: 20 }),
        async (limit, fails) => {
          const admission = new Admission({ limit });
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
                { signal: never, what: "x" },
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
    const admission = new Admission({ limit: 1 });
    const controller = new AbortController();
    const ran: string[] = [];
    let release = (): void => {};
    const first = admission.run(() => new Promise<void>((resolve) => (release = resolve)), {
      signal: never,
      what: "first",
    });
    const second = admission.run(async () => void ran.push("second"), { signal: controller.signal, what: "second" });
    const third = admission.run(async () => void ran.push("third"), { signal: never, what: "third" });
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: "FLURRY_ABORTED", message: "second was cancelled" });
    release();
    await Promise.all([first, third]);
    expect(ran).toEqual(["third"]);
  });

  it("does not start for a signal that has aborted", async () => {
    const run = new Admission({ limit: 1 }).run(async () => "ran", {
      signal: AbortSignal.abort(),
      what: "x",
    });
    await expect(run).rejects.toMatchObject({ code: "FLURRY_ABORTED" });
  });

  describe("with memory", () => {
    /** Starts tasks that end when told to; says which of them run. */
    function office(options: { readonly free: () => number; readonly now: () => number }) {
      const admission = new Admission({ limit: 8, freeMemory: options.free, now: options.now });
      const running = new Set<string>();
      const ends = new Map<string, () => void>();
      const start = (name: string, need: Need): void => {
        void admission.run(
          async () => {
            running.add(name);
            await new Promise<void>((resolve) => ends.set(name, resolve));
            running.delete(name);
          },
          { signal: never, what: name, need },
        );
      };
      const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
      const end = async (name: string): Promise<void> => {
        ends.get(name)?.();
        await settle();
      };
      return { running, start, end, settle };
    }

    it("starts what fits beside what the others will yet take, and always one", async () => {
      let now = 0;
      const tasks = office({ free: () => 1000, now: () => now });
      tasks.start("huge", { memoryBytes: 5000, durationMs: 100 });
      tasks.start("small", { memoryBytes: 300, durationMs: 100 });
      await tasks.settle();
      expect([...tasks.running]).toEqual(["huge"]);
      now = 90;
      tasks.start("other", { memoryBytes: 300, durationMs: 100 });
      await tasks.settle();
      // The huge one is nearly done: 500 bytes are to come, 1000 are free.
      expect([...tasks.running]).toEqual(["huge", "small"]);
      await tasks.end("huge");
      expect([...tasks.running]).toEqual(["small", "other"]);
    });

    it("runs a task alone that asks for it, and lets nothing pass it", async () => {
      const tasks = office({ free: () => 1000, now: () => 0 });
      tasks.start("first", {});
      tasks.start("alone", { alone: true });
      tasks.start("last", {});
      await tasks.settle();
      expect([...tasks.running]).toEqual(["first"]);
      await tasks.end("first");
      expect([...tasks.running]).toEqual(["alone"]);
      await tasks.end("alone");
      expect([...tasks.running]).toEqual(["last"]);
    });
  });
});
