import { runProcess } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { wrongClock } from "./wrong-clock.ts";

describe("a wrong clock", () => {
  it.each([
    { hours: 30, afterMs: 0, isWrong: true },
    { hours: -2, afterMs: 0, isWrong: true },
    { hours: 2, afterMs: 600_000, isWrong: false },
  ])("of $hours hours after $afterMs ms", async ({ hours, afterMs, isWrong }) => {
    const program = "console.log(Date.now(), new Date().getTime(), new Date(5).getTime())";
    const env = { ...process.env, NODE_OPTIONS: wrongClock({ hours, afterMs }) };
    const { stdout } = await runProcess(process.execPath, ["-e", program], { env });
    const [now = 0, made = 0, given] = stdout.trim().split(" ").map(Number);
    const expected = Date.now() + (isWrong ? hours * 3_600_000 : 0);
    for (const time of [now, made]) expect(Math.abs(time - expected)).toBeLessThan(60_000);
    expect(given).toBe(5);
  });
});
