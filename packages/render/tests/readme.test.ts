import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { runProcess } from "@flurry/core";
import { expect, it } from "vitest";

it("the README's example prints what it says", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? "";
  const promised = example.split("\n").flatMap((line) => (line.startsWith("// ") ? [line.slice(3)] : []));
  const ran = await runProcess(process.execPath, ["--input-type=module", "-e", example], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: {},
  });
  expect(ran.stderr).toBe("");
  expect(ran.stdout.trimEnd().split("\n")).toEqual(promised);
});
