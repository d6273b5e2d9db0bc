import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { revertedRun, threeHosts } from "../../tests/support/scripted-runs.ts";
import { openHostLogs } from "./host-logs.ts";

describe("openHostLogs", () => {
  it("writes a file for each host, and goes on with it after the verdict", async () => {
    await using dir = await tempDir("flurry-logs");
    {
      await using logs = await openHostLogs(join(dir.path, "logs"));
      for (const event of [...threeHosts, ...revertedRun]) logs.write(event);
    }
    expect((await readdir(join(dir.path, "logs"))).sort()).toEqual(["compute.log", "gateway.log", "nas.log"]);
    const text = await readFile(join(dir.path, "logs/nas.log"), "utf8");
    expect(text.replaceAll(/^\S+Z /gm, "")).toMatchSnapshot();
    expect(text).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z == evaluating\n/);
  });

  it("never lets a full disk end a run", async () => {
    const logs = await openHostLogs("/proc/self/fdinfo").catch(() => undefined);
    for (const event of threeHosts) logs?.write(event);
    await expect(logs?.[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });
});
