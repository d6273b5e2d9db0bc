import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { Result } from "@flurry/core";
import { describe, expect, it } from "vitest";

import type { Fleet } from "../fleet/fleet.ts";
import { renderIssue } from "../render-issue.ts";
import { readFleetConfig } from "./read-config.ts";
import { readFleetFile } from "./read-fleet-file.ts";

function summary(read: Result<Fleet>): readonly string[] {
  return read.ok ? read.value.hosts.map((host) => host.name) : read.issues.map(renderIssue);
}

describe("readFleetFile", () => {
  it.each([
    ["fleet.yaml", "hosts: { nas: }\n", ["nas"]],
    ["fleet.yml", "hosts: { nas: x }\n", ["F:1:15 hosts.nas: expected a mapping, got a text"]],
    ["fleet.config.mjs", "export default { hosts: { nas: null } };\n", ["nas"]],
    ["fleet.config.mjs", "export default async () => ({ hosts: { nas: {} } });\n", ["nas"]],
    ["fleet.config.js", "export default { hosts: { nas: { tags: undefined } } };\n", ["nas"]],
    [
      "fleet.config.ts",
      'import { defineFleet } from "@flurry/schema";\nconst name: string = "nas";\nexport default defineFleet({ hosts: { [name]: {} } });\n',
      ["nas"],
    ],
    [
      "fleet.config.mts",
      'import { defineFleet } from "@flurry/schema";\nexport default defineFleet(async () => ({ hosts: { nas: { address: "10.0.20.10" as string } } }));\n',
      ["nas"],
    ],
    [
      "fleet.config.ts",
      'export default { hosts: { nas: { adress: "x" } } };\n',
      ['F hosts.nas.adress: unknown key (did you mean "address"?)'],
    ],
    [
      "fleet.config.ts",
      "export const fleet = {};\n",
      ["F: the file has no default export (write: export default defineFleet({ hosts: { ... } }))"],
    ],
    ["fleet.config.mjs", "export default 5;\n", ["F: expected a mapping, got 5"]],
  ])("%s: %j", async (name, text, expected) => {
    await using root = await tempDir("flurry-config");
    await writeFile(join(root.path, name), text);
    expect(summary(await readFleetFile(join(root.path, name), { displayName: "F" }))).toEqual(expected);
  });

  it.each([
    [
      "fleet.config.mjs",
      'const a = 1;\nthrow new Error("no hosts today");\n',
      /^F:2:\d+: the file could not be run: no hosts today/,
    ],
    [
      "fleet.config.ts",
      'export default () => {\n  throw new Error("no hosts today");\n};\n',
      /the file could not be run: no hosts today/,
    ],
    ["fleet.config.ts", "export default {{;\n", /^F.*: the file could not be run: /],
    ["fleet.config.mjs", 'import "./none.mjs";\nexport default {};\n', /the file could not be run: /],
  ])("%s that fails: %j", async (name, text, expected) => {
    await using root = await tempDir("flurry-config");
    await writeFile(join(root.path, name), text);
    expect(summary(await readFleetFile(join(root.path, name), { displayName: "F" }))).toEqual([
      expect.stringMatching(expected),
    ]);
  });

  it("sees what was edited", async () => {
    await using root = await tempDir("flurry-config");
    const file = join(root.path, "fleet.config.mjs");
    await writeFile(file, "export default { hosts: { a: {} } };\n");
    expect(summary(await readFleetFile(file))).toEqual(["a"]);
    await writeFile(file, "export default { hosts: { b: {}, c: {} } };\n");
    expect(summary(await readFleetFile(file))).toEqual(["b", "c"]);
  });

  it("does not wait for ever", async () => {
    await using root = await tempDir("flurry-config");
    const file = join(root.path, "fleet.config.mjs");
    await writeFile(file, "export default () => new Promise(() => {});\n");
    await expect(readFleetConfig(file, { timeoutMs: 50 })).rejects.toMatchObject({ code: "FLURRY_TIMEOUT" });
    const signal = AbortSignal.abort();
    await expect(readFleetConfig(file, { signal })).rejects.toMatchObject({ code: "FLURRY_ABORTED" });
  });

  it("says which file is missing", async () => {
    await expect(readFleetFile("/nonexistent/fleet.yaml")).rejects.toMatchObject({
      code: "FLURRY_FLEET_NOT_FOUND",
      message: "/nonexistent/fleet.yaml cannot be read (ENOENT)",
    });
  });

  it("refuses a file that is no fleet by its size", async () => {
    await using root = await tempDir("flurry-config");
    const file = join(root.path, "fleet.yaml");
    await writeFile(file, "#".repeat(5 * 1024 * 1024));
    expect(summary(await readFleetFile(file, { displayName: "F" }))).toEqual(["F: the file has more than 4 MiB"]);
  });
});
