import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";

import { memoryFolder } from "./memory-folder.ts";

describe.runIf(process.platform === "linux")("memoryFolder", () => {
  it("is for its owner only, and gone afterwards", async () => {
    let path: string;
    {
      await using folder = await memoryFolder({ env: {} });
      ({ path } = folder);
      expect(dirname(path)).toBe("/dev/shm");
      expect((await stat(path)).mode & 0o777).toBe(0o700);
      const file = await folder.put("a.yaml", Buffer.from("x"));
      expect(await readFile(file, "utf8")).toBe("x");
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      await expect(folder.put("a.yaml", Buffer.from("y"))).rejects.toThrow("EEXIST");
    }
    await expect(stat(path)).rejects.toThrow("ENOENT");
  });

  it("takes no folder on a disk for one in memory", async () => {
    const disk = await mkdtemp(join(tmpdir(), "flurry-disk-"));
    try {
      await using folder = await memoryFolder({ env: { XDG_RUNTIME_DIR: disk } });
      expect(dirname(folder.path)).toBe("/dev/shm");
    } finally {
      await rm(disk, { recursive: true });
    }
  });

  it("removes what a process that was killed left behind, and nothing of one that runs", async () => {
    const abandoned = await mkdtemp("/dev/shm/flurry-secrets-4194305-");
    const alive = await mkdtemp(`/dev/shm/flurry-secrets-${process.ppid}-`);
    try {
      await using folder = await memoryFolder({ env: {} });
      const names = await readdir(dirname(folder.path));
      expect(names.some((name) => abandoned.endsWith(name))).toBe(false);
      expect(names.some((name) => alive.endsWith(name))).toBe(true);
    } finally {
      await rm(alive, { recursive: true });
    }
  });
});
