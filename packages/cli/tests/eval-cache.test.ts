import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runProcess, tempDir } from "@flurry/core";
import { machineExec, prepareFleet } from "@flurry/lab";
import { describe, expect, it, onTestFinished } from "vitest";

import { flurryBin } from "./support/fleet.ts";

interface EvaluatedHost {
  readonly host: string;
  readonly status: string;
  readonly cached: boolean;
  readonly reasons: readonly { readonly text: string }[];
}

interface ChangedHost {
  readonly host: string;
  readonly status: string;
  readonly reasons: readonly { readonly text: string }[];
}

/** The example fleet in a repository of its own, with a cache of its own. */
async function exampleFleet() {
  const temp = await tempDir("flurry-eval-cache");
  onTestFinished(() => temp[Symbol.asyncDispose]());
  const home = join(temp.path, "home");
  const directory = join(temp.path, "fleet");
  await mkdir(home);
  await writeFile(join(home, ".gitconfig"), "[user]\n\tname = Alice\n\temail = alice@example.org\n");
  const own = { PATH: process.env["PATH"], HOME: home };
  const env = { ...own, NIX_CONFIG: "substituters =\nbuild-users-group =\nflake-registry =" };
  await prepareFleet({ directory, exec: machineExec(own) });
  const flurry = async (...words: readonly string[]): Promise<string> => {
    const result = await runProcess(process.execPath, [flurryBin, ...words], { cwd: directory, env });
    if (result.exitCode !== 0) throw new Error(`${result.exitCode}: ${result.stderr}${result.stdout}`);
    return result.stdout;
  };
  const hosts = async (...flags: readonly string[]): Promise<readonly EvaluatedHost[]> =>
    (JSON.parse(await flurry("eval", "--json", ...flags)) as { hosts: EvaluatedHost[] }).hosts;
  return {
    flurry,
    file: (name: string): string => join(directory, name),
    git: async (...args: readonly string[]): Promise<void> => {
      const { exitCode, stderr } = await runProcess("git", args, { cwd: directory, env });
      expect({ exitCode, said: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, said: "" });
    },
    /** The hosts that were evaluated, with the reasons. */
    evaluated: async (...flags: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>> => {
      const all = await hosts(...flags);
      expect(all.filter(({ status }) => status !== "ok")).toEqual([]);
      const asked = all.filter(({ cached }) => !cached);
      return Object.fromEntries(asked.map(({ host, reasons }) => [host, reasons.map(({ text }) => text)]));
    },
    changed: async (...flags: readonly string[]): Promise<readonly ChangedHost[]> => {
      const { hosts: all } = JSON.parse(await flurry("eval", "--changed", "--json", ...flags)) as {
        hosts: ChangedHost[];
      };
      return all.filter(({ status }) => status !== "unchanged");
    },
  };
}

describe("evaluations are remembered", () => {
  it("evaluates again only what a change affects", async () => {
    const fleet = await exampleFleet();
    // Whether a tree is clean is a fact that a flake may read; here it is not from the beginning.
    await appendFile(fleet.file("README.md"), "A fleet.\n");
    await fleet.git("add", "-A");
    const firstTime = ["not evaluated before"];
    expect(await fleet.evaluated()).toEqual({ nas: firstTime, compute: firstTime, gateway: firstTime });
    expect(await fleet.evaluated()).toEqual({});
    await appendFile(fleet.file("README.md"), "Nothing that a system is made of.\n");
    expect(await fleet.evaluated()).toEqual({});
    await appendFile(fleet.file("hosts/compute/default.nix"), "# a remark\n");
    expect(await fleet.evaluated()).toEqual({ compute: ["hosts/compute/default.nix changed"] });
    expect(await fleet.flurry("eval", "--stats")).toMatch(/^nas +=.*\n(?:.*\n)+3 of 3 hosts cached\n$/m);
  });

  it("evaluates when it is told to", async () => {
    const fleet = await exampleFleet();
    await fleet.flurry("eval", "-q", "nas");
    expect(await fleet.evaluated("--no-eval-cache", "nas")).toEqual({ nas: ["asked for"] });
    expect(await fleet.evaluated("--refresh", "nas")).toEqual({ nas: ["asked for"] });
    expect(await fleet.evaluated("--verify", "nas")).toEqual({});
    expect(await fleet.flurry("eval", "--stats", "nas")).toMatch(/^nas +. cached +yes/m);
  });

  it("names the hosts that a change affects", async () => {
    const fleet = await exampleFleet();
    expect(await fleet.changed()).toEqual([]);
    const nas = fleet.file("hosts/nas/default.nix");
    const text = await readFile(nas, "utf8");
    const edited = text.replace("  imports = [", '  environment.etc."by-a-test".text = "hello";\n  imports = [');
    expect(edited).not.toBe(text);
    await writeFile(nas, edited);
    await appendFile(fleet.file("hosts/compute/default.nix"), "# only a remark\n");
    const [change, ...others] = await fleet.changed();
    expect(others).toEqual([]);
    expect(change).toMatchObject({ host: "nas", status: "changed" });
    expect(change?.reasons).toContainEqual(expect.objectContaining({ text: "hosts/nas/default.nix changed" }));
    await fleet.git("commit", "-qam", "Change nas");
    expect(await fleet.changed()).toEqual([]);
    expect(await fleet.changed("--since", "HEAD~1")).toMatchObject([{ host: "nas", status: "changed" }]);
    expect(await fleet.flurry("eval", "--changed", "--since", "HEAD~1")).toContain(
      "1 of 3 hosts affected by what changed since HEAD~1",
    );
    // A revision that HEAD does not lead to.
    await fleet.git("checkout", "-q", "-b", "other", "HEAD~1");
    expect(await fleet.changed("--since", "@{-1}")).toMatchObject([{ host: "nas", status: "changed" }]);
  });
});

describe("flurry doctor", () => {
  it("finds on this machine what the tests need", async () => {
    const fleet = await exampleFleet();
    const { findings } = JSON.parse(await fleet.flurry("doctor", "--json")) as {
      findings: { name: string; status: string }[];
    };
    const names = ["nix", "store", "recorder", "cache", "cores", "memory", "ssh", "transport", "git"];
    expect(findings.map(({ name }) => name)).toEqual(names);
    expect(findings.filter(({ status }) => status === "missing")).toEqual([]);
  });
});
