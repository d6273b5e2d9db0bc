import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runProcess, tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

// Node's own loader, which the test runner replaces in its own process, on the built package.
const script = `
  const { readFleetFile, renderIssue } = await import(process.argv[1]);
  for (const file of process.argv.slice(2)) {
    const read = await readFleetFile(file, { displayName: "F" });
    console.log(read.ok ? read.value.hosts.map((host) => host.name).join(" ") : read.issues.map(renderIssue).join("; "));
  }
`;
const built = new URL("../dist/index.js", import.meta.url).href;

async function read(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  await using root = await tempDir("flurry-config");
  for (const [name, text] of Object.entries(files)) await writeFile(join(root.path, name), text);
  const paths = Object.keys(files).map((name) => join(root.path, name));
  const ran = await runProcess(process.execPath, ["--input-type=module", "-e", script, "--", built, ...paths], {
    cwd: root.path,
    env: {},
  });
  expect(ran.stderr).toBe("");
  return ran.stdout.trimEnd().split("\n");
}

const typed = (name: string): string => `
import { defineFleet } from "@flurry/schema";
const address: string = "10.0.20.10";
export default defineFleet({ hosts: { ${name}: { address } } });
`;

describe("fleet.config in Node itself, where nothing is installed beside it", () => {
  it("is read in every language", async () => {
    expect(
      await read({
        "fleet.config.ts": typed("ts"),
        "fleet.config.mts": typed("mts"),
        "fleet.config.mjs": "export default () => ({ hosts: { mjs: {} } });\n",
        "fleet.config.js":
          'import { defineFleet } from "@flurry/schema";\nexport default defineFleet({ hosts: { js: {} } });\n',
      }),
    ).toEqual(["ts", "mts", "mjs", "js"]);
  });

  it("says where it failed", async () => {
    const [mjs, ts, broken] = await read({
      "fleet.config.mjs": '\nthrow new Error("no hosts today");\n',
      "fleet.config.ts": '\n\nexport default () => {\n  throw new Error("no hosts today");\n};\n',
      "fleet.config.mts": "\nexport default {{;\n",
    });
    expect(mjs).toBe("F:2:7: the file could not be run: no hosts today (run it on its own to see the whole error)");
    expect(ts).toMatch(/^F:4:\d+: the file could not be run: no hosts today/);
    expect(broken).toMatch(/^F(?::2:\d+)?: the file could not be run: /);
  });
});
