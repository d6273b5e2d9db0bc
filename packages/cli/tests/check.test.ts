import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { runProcess, tempDir } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";
import { describe, expect, it } from "vitest";

import type { CheckFinding } from "../src/check/finding.ts";
import { flurryBin } from "./support/fleet.ts";

const flake = `{
  outputs = { self }: {
    nixosConfigurations = builtins.mapAttrs (name: _: {
      config.system.build.toplevel = derivation {
        inherit name; system = "x86_64-linux"; builder = "/bin/sh"; text = import (./hosts + "/\${name}");
      };
    }) (builtins.readDir ./hosts);
  };
}
`;

async function repository(files: Readonly<Record<string, string>>) {
  const temp = await tempDir("flurry-check-test");
  const directory = join(temp.path, "fleet");
  const env = {
    PATH: process.env["PATH"],
    HOME: temp.path,
    NIX_CONFIG: "substituters =\nbuild-users-group =\nflake-registry =",
    NO_COLOR: "1",
  };
  const write = async (more: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(more)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
  };
  const git = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runProcess("git", args, { cwd: directory, env });
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  };
  await write(files);
  await git("init", "-q");
  await git("add", "-A");
  const flurry = (...args: readonly string[]): Promise<ProcessResult> =>
    runProcess(process.execPath, [flurryBin, "check", ...args], { cwd: directory, env });
  return {
    directory,
    write,
    git,
    flurry,
    findings: async (...args: readonly string[]): Promise<readonly CheckFinding[]> => {
      const { stdout } = await flurry("--json", ...args);
      return (JSON.parse(stdout) as { findings: readonly CheckFinding[] }).findings;
    },
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

const lock = `${JSON.stringify({ nodes: { root: {} }, root: "root", version: 7 }, undefined, 2)}\n`;
const good = {
  "flake.nix": flake,
  "flake.lock": lock,
  "hosts/nas/default.nix": '"nas"',
  "hosts/web/default.nix": '"web"',
  "fleet.yaml": "hosts: { nas: { address: 10.0.0.1 }, web: { address: 10.0.0.2 } }\n",
};

describe("flurry check", () => {
  it("has nothing to say of a repository as it should be", async () => {
    await using fleet = await repository(good);
    const { exitCode, stdout } = await fleet.flurry();
    expect([exitCode, stdout]).toEqual([0, "3 Nix files and 2 hosts checked: nothing found\n"]);
  });

  it("finds hosts that do not evaluate, at their own lines, and only those that were asked for", async () => {
    await using fleet = await repository({
      ...good,
      "hosts/web/default.nix": '# the web\nthrow "no web today"',
      "hosts/nas/default.nix": "<nixpkgs>",
    });
    const { exitCode, stdout } = await fleet.flurry();
    expect(exitCode).toBe(1);
    expect(stdout).toContain("hosts/nas/default.nix:1:1: error: <nixpkgs> is looked up");
    expect(stdout).toMatch(/^\S+: error: web: no web today \[evaluation\]$/m);
    expect((await fleet.findings("nas")).map(({ rule, host }) => [rule, host])).toEqual([
      ["nix-search-path", undefined],
      ["evaluation", "nas"],
    ]);
    expect((await fleet.findings("--no-eval")).map(({ rule }) => rule)).toEqual(["nix-search-path"]);
  });

  it("tells the mistakes of the fleet file with their lines", async () => {
    await using fleet = await repository({ ...good, "fleet.yaml": "hosts:\n  nas: { adress: 10.0.0.1 }\n" });
    const { exitCode, stdout } = await fleet.flurry();
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      'fleet.yaml:2:10: error: hosts.nas.adress: unknown key [fleet-file]\n  hint: did you mean "address"?\n',
    );
  });

  it("adds what git does not know, and writes what is generated", async () => {
    await using fleet = await repository({
      "fleet.yaml":
        "nixpkgs: github:NixOS/nixpkgs/nixos-24.11\ndefaults: { system: x86_64-linux }\nhosts: { nas: { address: 10.0.0.1 } }\n",
      "hosts/nas/default.nix": "{ }",
    });
    const render = await runProcess(process.execPath, [flurryBin, "render"], { cwd: fleet.directory });
    expect(render.exitCode).toBe(0);
    await fleet.git("add", "-A");
    await fleet.write({
      "flake.lock": lock,
      "hosts/web/default.nix": "{ }",
      "fleet.yaml":
        "nixpkgs: github:NixOS/nixpkgs/nixos-24.11\ndefaults: { system: x86_64-linux }\nhosts: { nas: { address: 10.0.0.1 }, web: {} }\n",
    });
    const rules = async (): Promise<readonly string[]> =>
      (await fleet.findings("--no-eval")).map(({ rule, file }) => `${rule} ${file}`);
    const before = ["git-untracked flake.lock", "generated-files flake.nix", "git-untracked hosts/web/default.nix"];
    expect(await rules()).toEqual(before);
    const dry = await fleet.flurry("--no-eval", "--fix", "--dry-run");
    expect(dry.stderr).toContain("flake.nix: would be rendered");
    expect(await rules()).toEqual(before);
    const fixed = await fleet.flurry("--no-eval", "--fix");
    expect(fixed.stderr).toContain("hosts/web/default.nix: added to git");
    expect(fixed.exitCode).toBe(0);
    expect(await rules()).toEqual([]);
    expect(await readFile(join(fleet.directory, "flake.nix"), "utf8")).toContain("web");
  });

  it("speaks SARIF, lists its rules, and refuses what makes no sense", async () => {
    await using fleet = await repository({ ...good, "a.nix": "<nixpkgs>" });
    const sarif = await fleet.flurry("--sarif", "--no-eval");
    expect(JSON.parse(sarif.stdout)).toMatchObject({
      version: "2.1.0",
      runs: [{ results: [{ ruleId: "nix-search-path" }] }],
    });
    expect((await fleet.flurry("--rules")).stdout).toContain("lock-missing-follows");
    expect((await fleet.flurry("--json", "--sarif")).exitCode).toBe(2);
    expect((await fleet.flurry("--dry-run")).exitCode).toBe(2);
  });
});
