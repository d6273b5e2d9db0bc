import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { raiseInotifyLimit } from "./inotify.ts";

describe("the number of inotify instances of a user", () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), "flurry-inotify-"))));
  afterEach(() => rm(directory, { recursive: true }));

  it.each([
    ["128\n", "2048\n"],
    ["8192\n", "8192\n"],
  ])("is raised, and never lowered: %j", async (before, after) => {
    const file = join(directory, "limit");
    await writeFile(file, before);
    await raiseInotifyLimit(file);
    expect(await readFile(file, "utf8")).toBe(after);
  });

  it("stays as it is where it cannot be changed", async () => {
    await raiseInotifyLimit(join(directory, "missing"));
    expect(await readdir(directory)).toEqual([]);
  });
});
