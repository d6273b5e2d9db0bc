import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../../tests/support/fake-context.ts";
import { fakeNix } from "../../tests/support/fake-services.ts";
import { main } from "../main.ts";

async function deploy(...words: readonly string[]): Promise<{ readonly code: number; readonly err: string }> {
  await using dir = await tempDir("flurry-hive");
  await writeFile(join(dir.path, "flake.nix"), "");
  const hive = { meta: { allowApplyAll: false }, nodes: { nas: { targetHost: "10.0.20.10" } } };
  const services = { ...fakeNix({ hive }), fleetStatus: async () => [] };
  const context = fakeContext({ services, cwd: dir.path });
  return { code: await main(["deploy", "--dry-run", ...words], context), err: context.err() };
}

describe("a hive with meta.allowApplyAll = false", () => {
  it("is not deployed as a whole by leaving the hosts away", async () => {
    const { code, err } = await deploy();
    expect(code).toBe(2);
    expect(err).toContain("allowApplyAll");
    expect(err).toContain("flurry deploy '*'");
  });

  it.each(["nas", "*", ".#nas"])("is deployed when %s says so", async (word) => {
    expect((await deploy(word)).err).not.toContain("allowApplyAll");
  });
});
