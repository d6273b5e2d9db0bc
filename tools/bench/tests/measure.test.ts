import { runProcess } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { measure } from "../src/measure/measure.ts";
import type { Run } from "../src/measure/measure.ts";

const here: Run = ([file = "", ...args], options) => runProcess(file, args, options);

describe("measure", () => {
  it("hands the result of the command on", async () => {
    const { result } = await measure(here, ["sh", "-c", "echo out; echo err >&2; exit 3"]);
    expect(result).toMatchObject({ exitCode: 3, stdout: "out\n", stderr: "err\n" });
  });

  it("counts waiting as time but not as work", async () => {
    const { wallMs, cpuMs } = await measure(here, ["sleep", "0.5"]);
    expect(wallMs).toBeGreaterThan(490);
    expect(cpuMs).toBeLessThan(400);
  });

  it("counts the processor time of grandchildren", async () => {
    const spin = "const end = process.cpuUsage().user + 400_000; while (process.cpuUsage().user < end);";
    const { cpuMs } = await measure(here, ["sh", "-c", `sh -c '"$0" -e "$1"' "$0" "$1"; true`, process.execPath, spin]);
    expect(cpuMs).toBeGreaterThan(380);
  });

  it("adds up the memory of processes that run at the same time", async () => {
    const hold = "const held = Buffer.alloc(80e6, 1); setTimeout(() => held, 5000);";
    const { peakRssBytes } = await measure(here, [
      "sh",
      "-c",
      `"$0" -e "$1" & "$0" -e "$1" & wait`,
      process.execPath,
      hold,
    ]);
    expect(peakRssBytes).toBeGreaterThan(160e6);
    expect(peakRssBytes).toBeLessThan(600e6);
  });
});
