import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { deployDefaults } from "@flurry/schema";
import type { DeploymentKey, Host } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { aKey } from "../../tests/support/a-key.ts";
import { keyMaker, textNames } from "./key-maker.ts";

function host(name: string, keys: readonly DeploymentKey[]): Host {
  const rest = { tags: [], attrPath: [], modules: [], hostKeys: [], health: [], deploy: deployDefaults };
  return { name, addresses: [name], keys, ...rest };
}

const command = (...words: readonly [string, ...string[]]): DeploymentKey =>
  aKey({ name: "token", source: { kind: "command", words } });

async function valueOf(key: DeploymentKey, directory: string, more = {}): Promise<string> {
  const nas = host("nas", [key]);
  const makeKeys = keyMaker({
    directory,
    flake: async () => Promise.reject(new Error("no text is wanted")),
    hosts: [nas],
    nix: { cwd: "/", env: { PATH: process.env["PATH"], SHOWN: "from the environment" } },
    signal: new AbortController().signal,
    ...more,
  });
  const [made] = await makeKeys(nas);
  return Buffer.from(made?.reveal() ?? []).toString("latin1");
}

describe("the value of a key", () => {
  it("is what a command prints, byte by byte, without a shell between", async () => {
    await using dir = await tempDir("flurry-keys");
    expect(await valueOf(command("printf", String.raw`%s\0\377\n`, "$(id); $HOME 'x'"), dir.path)).toBe(
      "$(id); $HOME 'x'\0\u00ff\n",
    );
    expect(await valueOf(command("sh", "-c", 'pwd; echo "$SHOWN"'), dir.path)).toBe(
      `${dir.path}\nfrom the environment\n`,
    );
  });

  it("is what a file holds, found from the flake's directory", async () => {
    await using dir = await tempDir("flurry-keys");
    await mkdir(join(dir.path, "keys"));
    await writeFile(join(dir.path, "keys/a"), Buffer.from([0, 255, 10]));
    for (const path of ["keys/a", join(dir.path, "keys/a")])
      expect(await valueOf(aKey({ source: { kind: "file", path } }), dir.path)).toBe("\0\u00ff\n");
  });

  it.each([
    ["a command that fails", command("sh", "-c", "echo marker; echo marker >&2; exit 3"), /ended with exit code 3/],
    ["a command that is killed", command("sh", "-c", "echo marker; kill -9 $$"), /was ended by SIGKILL/],
    ["a command that prints nothing", command("sh", "-c", "exit 3 | cat"), /its command printed nothing$/],
    ["a command that is not there", command("/nowhere/pass"), /came to nothing.*pass/],
    ["a command that takes too long", command("sh", "-c", "echo marker; sleep 60"), /came to nothing/],
    ["a file that is not there", aKey({ name: "token", source: { kind: "file", path: "/nowhere/a" } }), /ENOENT/],
  ])("%s is told with the names of key and host, without what it printed", async (_, key, message) => {
    const failure = valueOf(key, "/", { commandTimeoutMs: 1500 });
    await expect(failure).rejects.toMatchObject({
      code: "FLURRY_KEY_NOT_MADE",
      host: "nas",
      message: expect.stringMatching(/^the key token of nas has no value: /) as string,
    });
    await expect(failure).rejects.toThrow(message);
    const error = (await failure.catch((thrown: unknown) => thrown)) as { toJSON: () => unknown };
    expect(JSON.stringify(error.toJSON())).not.toContain("marker");
  });

  it("is asked for of the flake where it is a text, and only there", () => {
    const hosts = [
      host("nas", [aKey({ name: "a" }), command("x"), aKey({ name: "b" })]),
      host("compute", [command("x")]),
    ];
    expect(textNames(hosts)).toEqual({ nas: ["a", "b"] });
  });
});
