import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { expect, it } from "vitest";

import { lintTarball, pack } from "../src/index.ts";

it("finds what is wrong with a package", async () => {
  await using directory = await tempDir("flurry-lint");
  const manifest = {
    name: "broken",
    version: "1.0.0",
    type: "module",
    files: ["dist"],
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/missing.js" } },
  };
  await mkdir(join(directory.path, "dist"));
  await writeFile(join(directory.path, "package.json"), JSON.stringify(manifest));
  await writeFile(join(directory.path, "dist/index.d.ts"), "export declare const one: number;\n");
  const published = { name: "broken", directory: directory.path, folder: "broken", manifest };
  const { tarball } = await pack(published, directory.path);
  const findings = await lintTarball(tarball);
  expect(findings.join("\n")).toContain("./dist/missing.js");
});
