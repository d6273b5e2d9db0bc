import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { FlurryError } from "@flurry/core";
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

  it("locks a git tree with a blank in its path, at its top and below", async () => {
    await using flake = await testFlake({});
    const directory = join(flake.root, "my fleet");
    await flake.write({ "../my fleet/flake.nix": "{ outputs = _: { }; }" });
    await flake.write({ "../my fleet/at home/flake.nix": '{ outputs = _: { nixosConfigurations.a = "NONCE"; }; }' });
    await flake.git("-C", directory, "init", "-q");
    await flake.git("-C", directory, "add", "-A");
    await flake.git("-C", directory, "commit", "-qm", "first");
    for (const [ref, cwd] of [
      ["./my fleet/at home", flake.root],
      [join(directory, "at home"), flake.root],
      [".", join(directory, "at home")],
      [`git+file://${directory}?dir=at home`, flake.root],
    ] as const) {
      const context = { ...flake.context, cwd };
      const locked = await lockFlake(ref, context);
      expect(locked).toMatchObject({ original: ref, directory, subdirectory: "at home", dirty: false });
      expect((await describeFlake(locked, context)).nixosConfigurations).toEqual(["a"]);
    }
    const { directory: top, subdirectory } = await lockFlake(directory, flake.context);
    expect([top, subdirectory]).toEqual([directory, undefined]);
    const whole = await lockFlake(`path:${directory}`, flake.context);
    expect(whole).toMatchObject({ directory, dirty: false });
  });

  it("locks a shallow clone, or says how to make it whole", async () => {
    await using flake = await testFlake(flakeOf({ nas: 'ok "nas"' }));
    await flake.git("init", "-q");
    for (const message of ["first", "second"]) {
      await flake.git("add", "-A");
      await flake.git("commit", "-q", "--allow-empty", "-m", message);
    }
    const clone = join(flake.root, "clone");
    await flake.git("clone", "-q", "--depth", "1", `file://${flake.directory}`, clone);
    for (const ref of [clone, `git+file://${clone}?shallow=1`]) {
      const locked = await lockFlake(ref, flake.context);
      expect(locked.revision).toMatch(/^[0-9a-f]{40}$/);
      await using pool = new NixPool({ context: flake.context });
      expect((await evaluateAll(pool, locked, ["nas"])).get("nas")).toMatchObject({ status: "ok" });
    }
    const bare = await lockFlake(`git+file://${clone}`, flake.context).then(
      ({ directory }) => ({ directory }),
      ({ code, hint }: FlurryError) => ({ code, hint }),
    );
    // Newer versions take it as it is.
    expect([
      { directory: clone },
      { code: "FLURRY_FLAKE_INVALID", hint: expect.stringContaining("git fetch --unshallow") },
    ]).toContainEqual(bare);
  });

  it("says when a disk of this machine is full", async () => {
    await using flake = await testFlake(flakeOf({ nas: 'ok "nas"' }));
    await flake.git("init", "-q");
    await flake.git("add", "-A");
    await flake.git("commit", "-qm", "first");
    // The real nix, with a cache on a disk that something has filled.
    const nix = join(flake.root, "nix");
    const fill = `mkdir -p "$HOME/.cache" && mount -t tmpfs -o size=32k tmpfs "$HOME/.cache" && head -c 28k /dev/zero > "$HOME/.cache/x"`;
    const own = flake.context.nix ?? "nix";
    await writeFile(
      nix,
      `#!/bin/sh\nexec unshare --user --map-root-user --mount sh -c '${fill} && exec "$@"' sh ${own} "$@"\n`,
    );
    await chmod(nix, 0o755);
    await expect(lockFlake(".", { ...flake.context, nix })).rejects.toMatchObject({
      code: "FLURRY_NIX_DISK_FULL",
      hint: expect.stringContaining("Free some space"),
    });
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

  it("have an input that is not locked yet locked, once, and all hosts see the same of it", async () => {
    await using flake = await testFlake({});
    await flake.write({ "../leaf/flake.nix": '{ outputs = _: { value = "NONCE"; }; }' });
    for (const words of [
      ["init", "-q"],
      ["add", "-A"],
      ["commit", "-qm", "first"],
    ])
      await flake.git("-C", "../leaf", ...words);
    const system = (name: string): string =>
      `nixosConfigurations.${name}.config.system.build.toplevel = derivation { name = "${name}"; system = "x86_64-linux"; builder = "/bin/sh"; x = leaf.value + (leaf.rev or "none"); };`;
    await flake.write({
      "flake.nix": `{ inputs.leaf.url = "git+file://${flake.root}/leaf"; outputs = { self, leaf }: { ${system("nas")} ${system("web")} }; }`,
    });
    await flake.git("init", "-q");
    await flake.git("add", "-A");
    await flake.git("commit", "-qm", "first");
    const locked = await lockFlake(".", flake.context);
    expect(JSON.parse(await readFile(join(flake.directory, "flake.lock"), "utf8"))).toMatchObject({
      nodes: { leaf: { locked: { rev: expect.stringMatching(/^[0-9a-f]{40}$/) } } },
    });
    expect(locked.warnings).toContainEqual(expect.stringMatching(/^creating lock file/));
    // What is committed there afterwards is another revision, which nobody asked for.
    await flake.git("-C", "../leaf", "commit", "-q", "--allow-empty", "-m", "second");
    await using pool = new NixPool({ context: flake.context });
    const results = await evaluateAll(pool, locked, ["nas", "web"]);
    for (const host of ["nas", "web"])
      expect(results.get(host)).toMatchObject({
        status: "ok",
        drvPath: await flake.nix("eval", "--raw", `.#nixosConfigurations.${host}.config.system.build.toplevel.drvPath`),
      });
    const { warnings } = await lockFlake(".", flake.context);
    expect(warnings.filter((line) => line.includes("lock file"))).toEqual([]);
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
