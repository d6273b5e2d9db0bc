import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { releaseRoots, runDirectories } from "./run-directory.ts";

const day = 86_400_000;

describe("runDirectories", () => {
  it("keeps itself out of git without touching what is there", async () => {
    await using dir = await tempDir("flurry-runs");
    await runDirectories(dir.path, "a", Date.now());
    const ignore = join(dir.path, ".flurry/.gitignore");
    expect(await readFile(ignore, "utf8")).toBe("*\n");
    await writeFile(ignore, "mine\n");
    await runDirectories(dir.path, "b", Date.now());
    expect(await readFile(ignore, "utf8")).toBe("mine\n");
  });

  it("removes the links of old runs only", async () => {
    await using dir = await tempDir("flurry-runs");
    const roots = join(dir.path, ".flurry/roots");
    for (const [name, days] of [
      ["old", 15],
      ["young", 13],
    ] as const) {
      await mkdir(join(roots, name), { recursive: true });
      const time = new Date(Date.now() - days * day);
      await utimes(join(roots, name), time, time);
    }
    const directories = await runDirectories(dir.path, "now", Date.now());
    expect((await readdir(roots)).sort()).toEqual(["now", "young"]);
    await releaseRoots(directories);
    expect(await readdir(roots)).toEqual(["young"]);
  });
});
