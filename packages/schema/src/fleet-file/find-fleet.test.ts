import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { findFleet } from "./find-fleet.ts";

/** Makes empty files in `root`. */
async function touch(root: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(join(root, file, ".."), { recursive: true });
    await writeFile(join(root, file), "");
  }
}

describe("findFleet", () => {
  it.each([
    [
      ["fleet.yaml", "flake.nix", "hosts/nas/default.nix"],
      "hosts/nas",
      ".",
      { fleetFile: "fleet.yaml", flakeFile: "flake.nix" },
    ],
    [["fleet.yml"], ".", ".", { fleetFile: "fleet.yml" }],
    [["fleet.config.ts"], ".", ".", { fleetFile: "fleet.config.ts" }],
    [["fleet.config.mts"], ".", ".", { fleetFile: "fleet.config.mts" }],
    [["fleet.config.js"], ".", ".", { fleetFile: "fleet.config.js" }],
    [["fleet.config.mjs"], ".", ".", { fleetFile: "fleet.config.mjs" }],
    [["flake.nix"], ".", ".", { flakeFile: "flake.nix" }],
    [["fleet.yaml", "inner/flake.nix"], "inner", "inner", { flakeFile: "flake.nix" }],
  ])("of %j, from %s", async (files, from, directory, expected) => {
    await using root = await tempDir("flurry-find");
    await touch(root.path, files);
    const found = join(root.path, directory);
    expect(await findFleet(join(root.path, from))).toEqual({
      directory: found,
      ...Object.fromEntries(Object.entries(expected).map(([key, name]) => [key, join(found, name)])),
    });
  });

  it("refuses two fleet files in one directory, naming both", async () => {
    await using root = await tempDir("flurry-find");
    await touch(root.path, ["fleet.yaml", "fleet.config.ts"]);
    await expect(findFleet(root.path)).rejects.toMatchObject({
      code: "FLURRY_FLEET_INVALID",
      message: `fleet.yaml and fleet.config.ts are both in ${root.path}`,
    });
  });

  it("says so when there is nothing, or nowhere to look", async () => {
    await using root = await tempDir("flurry-find");
    await expect(findFleet(root.path)).rejects.toMatchObject({ code: "FLURRY_FLEET_NOT_FOUND" });
    await touch(root.path, ["hive.nix"]);
    await expect(findFleet(root.path)).rejects.toMatchObject({ hint: expect.stringContaining("needs a flake.nix") });
    await expect(findFleet(join(root.path, "none"))).rejects.toMatchObject({ code: "FLURRY_FLEET_NOT_FOUND" });
  });
});
