import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { runProcess, tempDir } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { flurryBin } from "./support/fleet.ts";

/** A flake with an input of its own, both git repositories, and a way to run flurry in the flake. */
async function workshop() {
  const temp = await tempDir("flurry-inputs-test");
  const env = {
    PATH: process.env["PATH"],
    HOME: join(temp.path, "home"),
    NIX_CONFIG: "substituters =\nbuild-users-group =\nflake-registry =",
    NO_COLOR: "1",
  };
  const run = async (file: string, args: readonly string[], cwd: string): Promise<ProcessResult> =>
    await runProcess(file, args, { cwd, env });
  const checked = async (file: string, args: readonly string[], cwd: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(file, args, cwd);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  };
  const directory = join(temp.path, "fleet");
  const input = join(temp.path, "input");
  const commit = async (cwd: string, files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(cwd, name)), { recursive: true });
      await writeFile(join(cwd, name), text);
    }
    await checked("git", ["init", "-q"], cwd);
    await checked("git", ["config", "user.name", "Alice"], cwd);
    await checked("git", ["config", "user.email", "alice@example.org"], cwd);
    await checked("git", ["add", "-A"], cwd);
    await checked("git", ["commit", "-qm", "change"], cwd);
  };
  await mkdir(env.HOME, { recursive: true });
  await commit(input, { "flake.nix": '{ outputs = _: { web = "first"; nas = "same"; }; }' });
  await commit(directory, {
    ".gitignore": "/.flurry\n",
    "flake.nix": `{
  inputs.words.url = "git+file://${input}";
  outputs = { self, words }: {
    nixosConfigurations = builtins.mapAttrs (name: text: {
      config.system.build.toplevel = derivation {
        inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo \${text} > $out" ]; where = "${temp.path}";
      };
    }) { inherit (words) web nas; };
  };
}
`,
  });
  const nix = ["--extra-experimental-features", "nix-command flakes"];
  await checked("nix", [...nix, "flake", "lock"], directory);
  await commit(directory, {});
  return {
    directory,
    input,
    commit,
    flurry: (...args: readonly string[]) => run(process.execPath, [flurryBin, ...args], directory),
    git: (...args: readonly string[]) => checked("git", args, directory),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

describe("flurry inputs", () => {
  it("lists, audits, updates with what changes on each host, and compares", async () => {
    await using shop = await workshop();
    const { directory, flurry, git } = shop;
    const listed = await flurry("inputs");
    expect(listed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(listed.stdout).toMatch(/^words +git\+file:\/\/\S+ +[0-9a-f]{7} +/m);

    const audit = await flurry("inputs", "audit");
    expect(audit).toMatchObject({ exitCode: 0, stderr: "" });
    expect(audit.stdout).toMatch(
      /^flake\.lock:8:5: warning: words is \/\S+\/input of this machine \[lock-path-input\]$/m,
    );

    expect((await flurry("inputs", "update")).stdout).toBe("every input is as new as it can be\n");
    await shop.commit(shop.input, { "flake.nix": '{ outputs = _: { web = "second"; nas = "same"; }; }' });
    const before = await readFile(join(directory, "flake.lock"), "utf8");
    const dry = await flurry("inputs", "update", "words", "--dry-run", "--json");
    expect(JSON.parse(dry.stdout)).toMatchObject({
      action: "update",
      written: "nothing",
      changes: [{ input: "words", kind: "changed" }],
      hosts: [
        { host: "nas", status: "unchanged" },
        { host: "web", status: "changed" },
      ],
    });
    expect(await readFile(join(directory, "flake.lock"), "utf8")).toBe(before);

    const update = await flurry("inputs", "update", "--commit");
    expect(update).toMatchObject({ exitCode: 0 });
    expect(update.stdout).toContain("1 of 2 hosts affected");
    const message = await git("log", "-1", "--format=%B", "--name-only");
    expect(message).toMatch(
      /^flake\.lock: update words\n\n- words: [0-9a-f]{7} of \S+ -> [0-9a-f]{7} of \S+\n\nHosts that change: web\n/,
    );
    expect(message.trim().split("\n").at(-1)).toBe("flake.lock");
    expect(await git("status", "--porcelain")).toBe("");

    const diff = await flurry("inputs", "diff", "HEAD~1", "--json");
    expect(JSON.parse(diff.stdout)).toMatchObject({ changes: [{ input: "words", kind: "changed" }] });
    expect((await flurry("inputs", "diff", "HEAD")).stdout).toBe("no input differs\n");
  });

  it("writes nothing when a host does not evaluate any more, unless told to", async () => {
    await using shop = await workshop();
    const lockFile = join(shop.directory, "flake.lock");
    const before = await readFile(lockFile, "utf8");
    await shop.commit(shop.input, {
      "flake.nix": '{ outputs = _: { web = throw "no web any more"; nas = "same"; }; }',
    });
    const refused = await shop.flurry("inputs", "update");
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain("no web any more");
    expect(refused.stdout).toContain("left as it is");
    expect(await readFile(lockFile, "utf8")).toBe(before);
    expect((await shop.flurry("inputs", "update", "--yes")).exitCode).toBe(0);
    expect(await readFile(lockFile, "utf8")).not.toBe(before);
  });

  it("tells what is wrong with the words", async () => {
    await using shop = await workshop();
    for (const [words, message] of [
      [["udpate"], 'did you mean "update"?'],
      [["update", "wrods"], 'did you mean "words"?'],
      [["diff", "nowhere"], 'no revision "nowhere"'],
      [["audit", "--commit"], "belongs to flurry inputs update"],
    ] as const) {
      const { exitCode, stderr } = await shop.flurry("inputs", ...words);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
    }
    await writeFile(join(shop.directory, "flake.lock"), "<<<<<<< HEAD\n");
    const { exitCode, stderr } = await shop.flurry("inputs");
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining("merge conflicts")]);
  });
});
