import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runProcess } from "@flurry/core";
import { deployDefaults } from "@flurry/schema";
import type { Host } from "@flurry/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { checkOfPassword, withPassword } from "./sudo-password.ts";

/** A sudo that asks, or does not, and writes down its words and what it was given as a password. */
const sudo = `#!/bin/sh
printf '%s\\n' "$*" >> "$0.words"
[ ! -e "$0.asks" ] || { IFS= read -r password && printf '%s' "$password" > "$0.password"; }
while [ "$1" != -- ]; do shift; done; shift
exec "$@"
`;

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "flurry-sudo-"));
  await writeFile(join(directory, "sudo"), sudo);
  await chmod(join(directory, "sudo"), 0o755);
});
afterAll(() => rm(directory, { recursive: true }));

function host(words: readonly string[]): Host {
  const deploy = { ...deployDefaults, sudo: words, askSudoPassword: true };
  return { name: "nas", addresses: ["nas"], tags: [], attrPath: [], modules: [], hostKeys: [], health: [], deploy };
}

const password = `it's "$(touch pwned)" \\ and 日本`;

describe("a command behind a password", () => {
  it.each([true, false])("gets its input and its words, whether sudo asks (%s) or not", async (asks) => {
    const tool = join(directory, "sudo");
    await (asks ? writeFile(`${tool}.asks`, "") : rm(`${tool}.asks`, { force: true }));
    await rm(`${tool}.words`, { force: true });
    const words = ["sh", "-c", 'printf "<%s>" "$@"; cat', "sh", "a b", "$HOME", "it's"];
    const given = { password, stdin: "line 1\n\u0001line 2" };
    const { command, stdin } = withPassword(host([tool, "-n", "-H", "--"]), words, given);
    const { stdout, exitCode } = await runProcess("sh", ["-c", command], { stdin, cwd: directory });
    expect({ stdout, exitCode }).toEqual({ stdout: "<a b><$HOME><it's>line 1\n\u0001line 2", exitCode: 0 });
    const told = await readFile(`${tool}.words`, "utf8");
    expect(told).toMatch(/^-S -p {2}-H -- sh -c /);
    expect([command, told].join()).not.toContain("pwned");
  });

  it("is checked once with nothing behind it", async () => {
    const tool = join(directory, "sudo");
    await writeFile(`${tool}.asks`, "");
    const { command, stdin } = checkOfPassword(host([tool, "-n", "--"]), password);
    expect((await runProcess("sh", ["-c", command], { stdin })).exitCode).toBe(0);
    expect(await readFile(`${tool}.password`, "utf8")).toBe(password);
    expect(stdin.toString()).toBe(`${password}\n`);
  });

  it.each(["doas", "run0", "/usr/bin/pkexec"])("is refused for %s, which wants a terminal", (tool) => {
    expect(() => withPassword(host([tool]), ["true"], { password })).toThrow(
      expect.objectContaining({ code: "FLURRY_SUDO_REFUSED", host: "nas" }),
    );
  });
});
