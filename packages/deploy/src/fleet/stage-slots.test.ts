import { describe, expect, it } from "vitest";

import { eachAfterNeeded } from "./after-needed.ts";
import { stageSlots, takeTurns } from "./stage-slots.ts";

/** A stage that ends when the test says so. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Lets everything go on that waits for nothing but its turn. */
const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

/** Hosts whose stages end when they are told to, and what goes on meanwhile. */
function rollout(names: readonly string[], limits: { readonly copy: number; readonly activate: number }) {
  const slots = stageSlots(limits);
  const running = new Set<string>();
  const gates = new Map(names.flatMap((name) => [`copy ${name}`, `activate ${name}`].map((step) => [step, gate()])));
  const step = async (what: string): Promise<void> => {
    running.add(what);
    await gates.get(what)?.opened;
    running.delete(what);
  };
  const order = { limit: slots.hosts, nameOf: (name: string) => name, needsOf: () => [] };
  const done = eachAfterNeeded(names, order, async (name) => {
    await takeTurns(slots, {
      copy: () => step(`copy ${name}`),
      wait: () => {
        running.add(`wait ${name}`);
        return { [Symbol.dispose]: () => running.delete(`wait ${name}`) };
      },
      activate: () => step(`activate ${name}`),
    });
  });
  const end = async (...steps: readonly string[]): Promise<readonly string[]> => {
    await settled();
    for (const what of steps) {
      gates.get(what)?.open();
      await settled();
    }
    return [...running].toSorted();
  };
  return { done, end };
}

describe("turns of the stages", () => {
  it("a host that waits for its copy keeps no other from its activation", async () => {
    const { done, end } = rollout(["a", "b", "c"], { copy: 1, activate: 2 });
    expect(await end()).toEqual(["copy a"]);
    // c waits for b's copy and has no turn to activate meanwhile.
    expect(await end("copy a")).toEqual(["activate a", "copy b"]);
    expect(await end("copy b")).toEqual(["activate a", "activate b", "copy c"]);
    expect(await end("copy c")).toEqual(["activate a", "activate b", "wait c"]);
    expect(await end("activate b")).toEqual(["activate a", "activate c"]);
    expect(await end("activate a", "activate c")).toEqual([]);
    await done;
  });

  it("no more hosts are begun than can copy and activate, and what is begun is kept alive until its turn", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const { done, end } = rollout(names, { copy: 2, activate: 2 });
    expect(await end("copy a", "copy b")).toEqual(["activate a", "activate b", "copy c", "copy d"]);
    expect(await end("copy c", "copy d")).toEqual(["activate a", "activate b", "wait c", "wait d"]);
    expect(await end("activate a")).toEqual(["activate b", "activate c", "copy e", "wait d"]);
    expect(await end("activate b", "copy e", "activate c", "activate d", "activate e")).toEqual([]);
    await done;
  });

  it("with one at a time each is over before the next is begun, whatever may be copied", async () => {
    const { done, end } = rollout(["a", "b"], { copy: 2, activate: 1 });
    expect(await end()).toEqual(["copy a"]);
    expect(await end("copy a")).toEqual(["activate a"]);
    expect(await end("activate a")).toEqual(["copy b"]);
    expect(await end("copy b", "activate b")).toEqual([]);
    await done;
  });

  it("a host whose copy fails has no turn to activate, and the next one has", async () => {
    const slots = stageSlots({ copy: 1, activate: 1 });
    const turns = (copy: () => Promise<string>) =>
      takeTurns(slots, { copy, wait: () => ({ [Symbol.dispose]: () => {} }), activate: async (what) => `${what}!` });
    const results = await Promise.allSettled([turns(() => Promise.reject(new Error("no"))), turns(async () => "b")]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  });
});
