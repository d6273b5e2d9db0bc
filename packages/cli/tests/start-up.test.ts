import { accessSync, constants } from "node:fs";
import { fileURLToPath } from "node:url";

import { runProcess } from "@flurry/core";
import { describe, expect, it } from "vitest";

const bin = fileURLToPath(new URL("../bin/flurry.js", import.meta.url));

// Prints the address of every module that Node loads, from the loader's own thread.
const spy = `export async function load(url, context, next) { process._rawDebug("loads " + url); return next(url, context); }`;
const register = `import { register } from "node:module"; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(spy)}`)});`;

async function modulesOf(...words: readonly string[]): Promise<readonly string[]> {
  const preload = `data:text/javascript,${encodeURIComponent(register)}`;
  const { stderr } = await runProcess(process.execPath, ["--import", preload, bin, ...words], { cwd: "/" });
  return stderr.split("\n").flatMap((line) => (line.startsWith("loads ") ? [line.slice("loads ".length)] : []));
}

const ours = (url: string): boolean =>
  url.includes("/cli/bin/") || url.includes("/cli/dist/") || url.startsWith("node:");

describe("the start of flurry", () => {
  it("is an executable", () => {
    expect(() => accessSync(bin, constants.X_OK)).not.toThrow();
  });

  it("runs the bundle", async () => {
    const modules = await modulesOf("deploy", "--help");
    expect(modules.filter((url) => url.includes("/cli/dist/") && !url.includes("/cli/dist/bundle/"))).toEqual([]);
    expect(modules.length).toBeLessThan(30);
  });

  it.each([["--version"], ["--help"], ["deploy", "--help"]])("loads no library for %s %s", async (...words) => {
    const modules = await modulesOf(...words.filter((word) => word !== undefined));
    expect(modules.length).toBeGreaterThan(3);
    expect(modules.filter((url) => !ours(url) && !url.startsWith("data:"))).toEqual([]);
  });

  it("loads no engine for a mistake in the command line", async () => {
    const modules = await modulesOf("deploy", "--nope");
    expect(modules.some((url) => url.includes("stricli"))).toBe(true);
    expect(modules.filter((url) => /zod|ssh2|piscina|jiti|\/yaml\b/.test(url))).toEqual([]);
  });

  it("gives the exit code to whoever started it", async () => {
    const options = { env: { PATH: process.env["PATH"] } };
    expect(await runProcess(bin, ["--version"], options)).toMatchObject({
      exitCode: 0,
      stdout: /^\d+\.\d+\.\d+\n$/.exec("0.1.0\n")?.[0],
    });
    expect(await runProcess(bin, ["deploy", "--nope"], options)).toMatchObject({ exitCode: 2, stdout: "" });
  });
});
