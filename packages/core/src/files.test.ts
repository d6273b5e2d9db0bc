import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { atomicWrite } from "./atomic-write.ts";
import { lockFile } from "./file-lock.ts";
import { tempDir } from "./temp-dir.ts";

describe("temporary directories, atomic files and locks", () => {
  it("a temporary directory is private and goes away with all that is in it", async () => {
    let path = "";
    {
      await using dir = await tempDir("flurry-test");
      ({ path } = dir);
      await atomicWrite(join(path, "a", "b"), "content", { mode: 0o600 });
      expect((await stat(path)).mode & 0o777).toBe(0o700);
      expect((await stat(join(path, "a", "b"))).mode & 0o777).toBe(0o600);
      expect(await readFile(join(path, "a", "b"), "utf8")).toBe("content");
    }
    expect(existsSync(path)).toBe(false);
  });

  it("only one holds a lock", async () => {
    await using dir = await tempDir("flurry-test");
    const file = join(dir.path, "state");
    {
      await using held = await lockFile(file);
      expect(held.signal.aborted).toBe(false);
      await expect(lockFile(file)).rejects.toMatchObject({ code: "FLURRY_LOCKED" });
      await expect(lockFile(file, { waitMs: 100 })).rejects.toMatchObject({ code: "FLURRY_LOCKED" });
    }
    await using again = await lockFile(file);
    expect(again.signal.aborted).toBe(false);
  });
});
