import { mkdir, readFile, rm, writeFile } from "node:fs/promises";

import { describe, expect, it, vi } from "vitest";

import { flakeOf, testFlake } from "./test-flake.ts";

describe("README.md", () => {
  it("has an example that works", async () => {
    const text = await readFile(new URL("../README.md", import.meta.url), "utf8");
    const example = /```ts\n([\s\S]*?)```/.exec(text)?.[1];
    if (example === undefined) throw new Error("README.md has no example");
    await using flake = await testFlake(flakeOf({ nas: 'ok "nas"', web: 'throw "no disk"' }));
    await flake.git("init", "-q");
    await flake.git("add", "-A");
    // Beside this package, so that the example finds it under its own name.
    const directory = new URL(`./example-${flake.nonce}/`, import.meta.url);
    await mkdir(directory);
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    vi.spyOn(process, "cwd").mockReturnValue(flake.directory);
    for (const [name, value] of Object.entries(flake.context.env)) vi.stubEnv(name, value);
    try {
      const file = new URL("example.ts", directory);
      await writeFile(file, example);
      await import(file.href);
      const lines = log.mock.calls.map((words) => words.join(" ")).sort();
      expect(lines).toEqual([expect.stringMatching(/^nas \/nix\/store\/.*-nixos-nas\.drv$/), "web no disk"]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
