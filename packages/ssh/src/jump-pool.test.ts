import { setMaxListeners } from "node:events";

import { describe, expect, it } from "vitest";

import { JumpPool } from "./jump-pool.ts";
import type { Shareable } from "./jump-pool.ts";

/** A jump host that takes its time, and counts. */
function jumpHost(fails = 0) {
  const state = { opened: 0, closed: 0, open: async (): Promise<Shareable> => await connection(), drop: () => {} };
  const connection = async (): Promise<Shareable> => {
    state.opened += 1;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    if (state.opened <= fails) throw new Error(`no ${state.opened}`);
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    state.drop = end;
    return {
      ended,
      close: async () => {
        state.closed += 1;
        end();
      },
    };
  };
  return state;
}

const { signal } = new AbortController();
setMaxListeners(0, signal);

describe("JumpPool", () => {
  it("reaches 200 hosts over one connection, and closes it behind the last", async () => {
    const pool = new JumpPool();
    const bastion = jumpHost();
    const shares = await Promise.all(Array.from({ length: 200 }, () => pool.share("bastion", bastion.open, signal)));
    expect([bastion.opened, pool.size]).toEqual([1, 1]);
    expect(new Set(shares.map(({ value }) => value)).size).toBe(1);
    for (const [index, share] of shares.entries()) {
      expect([index, bastion.closed]).toEqual([index, 0]);
      await share.release();
      await share.release();
    }
    expect([bastion.closed, pool.size]).toEqual([1, 0]);
  });

  it("keeps different ways apart", async () => {
    const pool = new JumpPool();
    const [one, other] = [jumpHost(), jumpHost()];
    await Promise.all([pool.share("one", one.open, signal), pool.share("other", other.open, signal)]);
    expect([one.opened, other.opened, pool.size]).toEqual([1, 1, 2]);
  });

  it("opens another one when the first has ended, or did not come about", async () => {
    const pool = new JumpPool();
    const bastion = jumpHost(1);
    await expect(pool.share("bastion", bastion.open, signal)).rejects.toThrow("no 1");
    await pool.share("bastion", bastion.open, signal);
    bastion.drop();
    await expect.poll(() => pool.size).toBe(0);
    await pool.share("bastion", bastion.open, signal);
    expect(bastion.opened).toBe(3);
  });

  it("tells all who wait when it does not come about", async () => {
    const pool = new JumpPool();
    const bastion = jumpHost(1);
    const ends = await Promise.allSettled(
      Array.from({ length: 20 }, () => pool.share("bastion", bastion.open, signal)),
    );
    expect(ends.map(({ status }) => status)).toEqual(Array(20).fill("rejected"));
    expect([bastion.opened, pool.size]).toEqual([1, 0]);
  });

  it("lets one give up without the others, and closes what nobody waits for any more", async () => {
    const pool = new JumpPool();
    const bastion = jumpHost();
    const impatient = AbortSignal.abort();
    const given = pool.share("bastion", bastion.open, impatient);
    const kept = pool.share("bastion", bastion.open, signal);
    await expect(given).rejects.toMatchObject({ code: "FLURRY_ABORTED" });
    await (await kept).release();
    expect([bastion.opened, bastion.closed]).toEqual([1, 1]);
    await expect(pool.share("bastion", bastion.open, impatient)).rejects.toMatchObject({ code: "FLURRY_ABORTED" });
    await expect.poll(() => bastion.closed).toBe(2);
  });
});
