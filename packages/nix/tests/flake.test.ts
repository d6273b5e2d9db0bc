import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { NixPool, describeFlake, lockFlake } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { evaluateAll, flakeOf, testFlake } from "./test-flake.ts";

describe("lockFlake", () => {
  it("locks a clean git tree with what git knows of it", async () => {
    await using flake = await testFlake(flakeOf({ nas: 'ok "nas"' }));
    await flake.git("init", "-q");
    await flake.git("add", "-A");
    await flake.git("commit", "-qm", "first");
    const locked = await lockFlake(".", flake.context);
    expect(locked).toMatchObject({ original: ".", dirty: false, directory: flake.directory, warnings: [] });
    expect(locked.revision).toMatch(/^[0-9a-f]{40}$/);
    expect(locked.lockedRef).toContain(`path:${locked.storePath}?`);
    expect(locked.lockedRef).toContain(`narHash=${encodeURIComponent(locked.narHash)}`);
    expect(locked.lockedRef).toContain(`rev=${locked.revision ?? ""}`);
  });

  it("says what is dirty and what git does not know", async () => {
    await using flake = await testFlake(flakeOf({ nas: 'ok "nas"' }));
    await flake.git("init", "-q");
    await flake.git("add", "-A");
    await flake.git("commit", "-qm", "first");
    await flake.write({ "flake.nix": '{ outputs = _: { changed = "NONCE"; }; }', "hosts/new.nix": "{ }" });
    const locked = await lockFlake(flake.directory, flake.context);
    expect(locked.dirty).toBe(true);
    expect(locked.revision).toBeUndefined();
    expect(locked.warnings.some((line) => /is dirty/.test(line))).toBe(true);
    expect(locked.warnings).toContain(
      "hosts/new.nix is not tracked by git, so Nix does not see it: git add -N hosts/new.nix",
    );
  });

  it("finds the flake in a subdirectory and from within it", async () => {
    await using flake = await testFlake({ "README.md": "NONCE" });
    await flake.write({ "fleets/home/flake.nix": '{ outputs = _: { nixosConfigurations.a = "NONCE"; }; }' });
    await flake.git("init", "-q");
    await flake.git("add", "-A");
    const inside = join(flake.directory, "fleets/home/deep/down");
    await mkdir(inside, { recursive: true });
    for (const [ref, cwd] of [
      ["./fleets/home", flake.directory],
      [".", inside],
      [`git+file://${flake.directory}?dir=fleets/home`, "/"],
    ] as const) {
      const context = { ...flake.context, cwd };
      const locked = await lockFlake(ref, context);
      expect(locked).toMatchObject({ subdirectory: "fleets/home", directory: flake.directory });
      expect((await describeFlake(locked, context)).nixosConfigurations).toEqual(["a"]);
    }
  });

  it("locks a directory without git, with spaces in its name", async () => {
    await using flake = await testFlake({});
    const directory = join(flake.root, "my fleet");
    await mkdir(directory);
    await writeFile(join(directory, "flake.nix"), `{ outputs = _: { nixosConfigurations.a = "${flake.nonce}"; }; }`);
    const context = { ...flake.context, cwd: directory };
    const locked = await lockFlake("path:.", context);
    expect(locked).toMatchObject({ dirty: false, directory });
    expect(locked.revision).toBeUndefined();
    expect((await describeFlake(locked, context)).nixosConfigurations).toEqual(["a"]);
  });

  it.each([
    ["no flake anywhere", {}, "."],
    ["a directory that does not exist", {}, "./nowhere"],
    ["a flake.nix that git does not know", "git", "."],
  ])("fails for %s", async (_, setup, ref) => {
    await using flake = await testFlake({ "README.md": "NONCE" });
    if (setup === "git") {
      await flake.git("init", "-q");
      await flake.git("add", "-A");
      await flake.write(flakeOf({}));
    }
    await expect(lockFlake(ref, flake.context)).rejects.toMatchObject({
      code: "FLURRY_FLAKE_NOT_FOUND",
      hint: expect.stringContaining("git add -N flake.nix"),
    });
  });

  it("does not blame nix for a directory that is not there", async () => {
    await using flake = await testFlake({});
    const context = { ...flake.context, cwd: "/nowhere/at/all" };
    await expect(lockFlake(".", context)).rejects.toMatchObject({
      code: "FLURRY_FLAKE_NOT_FOUND",
      message: "the directory /nowhere/at/all does not exist",
    });
  });

  it("names the line of a syntax error", async () => {
    await using flake = await testFlake({ "flake.nix": "{\n  outputs = ;\n}" });
    await expect(lockFlake(`path:${flake.directory}`, flake.context)).rejects.toMatchObject({
      code: "FLURRY_FLAKE_INVALID",
      message: expect.stringContaining("syntax error"),
      place: { file: expect.stringMatching(/flake\.nix$/), line: 2, column: 13 },
    });
  });

  it("fails for an input that is not there", async () => {
    await using flake = await testFlake({
      "flake.nix": '{ inputs.x.url = "path:/nowhere/at/all"; outputs = _: { }; }',
    });
    await expect(lockFlake(`path:${flake.directory}`, flake.context)).rejects.toMatchObject({
      code: expect.stringMatching(/^FLURRY_FLAKE_/),
      message: expect.stringContaining("/nowhere/at/all"),
    });
  });
});

describe("describeFlake", () => {
  it("reads the deploy output without evaluating a system", async () => {
    const deploy = `
      deploy = {
        sshUser = "deploy"; magicRollback = false; sshOpts = [ "-p" "22" ]; confirmTimeout = 240;
        key = ./id; lib.activate = x: x; tool = drv "tool" "exit 1" { };
        nodes.nas = {
          hostname = "10.0.0.1";
          profiles.system = { user = "root"; path = throw "this evaluates the system"; };
          profiles.path = { user = "alice"; path = abort "and this"; };
        };
        nodes.bare.hostname = "10.0.0.2";
      };
      colmenaHive = throw "not asked for";`;
    await using flake = await testFlake(flakeOf({ web: 'throw "no"', nas: 'ok "nas"' }, deploy));
    const outline = await describeFlake(await lockFlake("path:.", flake.context), flake.context);
    expect(outline).toEqual({
      nixosConfigurations: ["nas", "web"],
      hasColmena: false,
      hasColmenaHive: true,
      deploy: {
        sshUser: "deploy",
        magicRollback: false,
        sshOpts: ["-p", "22"],
        confirmTimeout: 240,
        key: expect.stringMatching(/^\/nix\/store\/.*\/id$/),
        lib: {},
        nodes: {
          nas: { hostname: "10.0.0.1", profiles: { system: { user: "root" }, path: { user: "alice" } } },
          bare: { hostname: "10.0.0.2" },
        },
      },
    });
  });

  it("places an error in the user's file", async () => {
    await using flake = await testFlake({
      "flake.nix": "{ outputs = _: { nixosConfigurations = { };\n deploy = { sshUser = { }.missing; }; }; }",
    });
    const locked = await lockFlake(`path:${flake.directory}`, flake.context);
    await expect(describeFlake(locked, flake.context)).rejects.toMatchObject({
      code: "FLURRY_EVAL_FAILED",
      message: expect.stringContaining("'missing' missing"),
      place: { file: join(flake.directory, "flake.nix"), line: 2 },
    });
  });
});

describe("sources that are made of more than one directory", () => {
  it("are read with their submodules where the reference asks for them", async () => {
    await using flake = await testFlake({});
    // Without this git does not clone from a directory by itself.
    await flake.write({ "../part/value.nix": '"NONCE"', "../home/.gitconfig": '[protocol "file"]\nallow = always\n' });
    for (const words of [
      ["init", "-q"],
      ["add", "-A"],
      ["commit", "-qm", "first"],
    ])
      await flake.git("-C", "../part", ...words);
    const read = 'if builtins.pathExists ./part/value.nix then import ./part/value.nix else "nothing"';
    await flake.write(flakeOf({ nas: `drv "nas" "" { value = ${read}; whole = self.submodules or false; }` }));
    await flake.git("init", "-q");
    await flake.git(
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "--quiet",
      "add",
      `file://${flake.root}/part`,
      "part",
    );
    await flake.git("add", "-A");
    await flake.git("commit", "-qm", "first");
    const native = (ref: string): Promise<string> =>
      flake.nix("eval", "--raw", `${ref}#nixosConfigurations.nas.config.system.build.toplevel.drvPath`);
    await using pool = new NixPool({ context: flake.context });
    const whole = `git+file://${flake.directory}?submodules=1`;
    for (const ref of [whole, `git+file://${flake.directory}`, whole]) {
      const results = await evaluateAll(pool, await lockFlake(ref, flake.context), ["nas"]);
      expect(results.get("nas")).toMatchObject({ status: "ok", drvPath: await native(ref) });
    }
  });

  it("are warned of when an input is a directory that has to be copied each time", async () => {
    await using flake = await testFlake({});
    await flake.write({
      "../leaf/flake.nix": '{ outputs = _: { value = "NONCE"; }; }',
      "flake.nix": `{ inputs.leaf.url = "path:${flake.root}/leaf"; outputs = { self, leaf }: {
        nixosConfigurations.nas.config.system.build.toplevel = derivation { name = "nas"; system = "x86_64-linux"; builder = "/bin/sh"; x = leaf.value; }; }; }`,
    });
    const locked = await lockFlake("path:.", flake.context);
    expect(locked.warnings).toContainEqual(expect.stringMatching(/^the input leaf is a directory of this machine/));
    await using pool = new NixPool({ context: flake.context });
    expect((await evaluateAll(pool, locked, ["nas"])).get("nas")).toMatchObject({ status: "ok", cached: false });
    expect((await evaluateAll(pool, locked, ["nas"])).get("nas")).toMatchObject({ status: "ok", cached: true });
  });
});
