import { join } from "node:path";

import { NixPool, lockFlake } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { evaluateAll, flakeOf, recorder, requests, testFlake } from "./test-flake.ts";

describe("NixPool.evaluate", () => {
  it("gives each host its own result, whatever is wrong with the others", async () => {
    await using flake = await testFlake({
      ...flakeOf({
        nas: 'ok "nas"',
        thrower: 'throw "the disk is missing"',
        looping: "let x = x; in x",
        attribute: "{ }.nothing",
        typed: 'drv "t" "" { x = 1 + "a"; }',
        aborter: 'abort "stop"',
        broken: "import ./broken.nix",
        absent: "import ./absent.nix",
        untracked: "import ./untracked.nix",
        number: "3",
        web: 'ok "web"',
      }),
      "broken.nix": "{ a = 1;\n  b = ; }",
    });
    await flake.git("init", "-q");
    await flake.git("add", "-A");
    await flake.write({ "untracked.nix": "{ }" });
    const { events, emit } = recorder();
    await using pool = new NixPool({ context: flake.context, emit, concurrency: 2 });
    const locked = await lockFlake(".", flake.context);
    const hosts = ["nas", "thrower", "looping", "attribute", "typed", "aborter", "broken", "absent", "untracked"];
    const results = await evaluateAll(pool, locked, [...hosts, "number", "wbe", "web"]);

    for (const host of ["nas", "web"]) {
      expect(results.get(host)).toMatchObject({
        status: "ok",
        drvPath: expect.stringMatching(new RegExp(`-nixos-${host}\\.drv$`)),
        outPath: expect.stringMatching(new RegExp(`-nixos-${host}$`)),
        system: "x86_64-linux",
      });
    }
    const file = (name: string): string => join(flake.directory, name);
    const expected = {
      thrower: { code: "FLURRY_EVAL_FAILED", message: "the disk is missing" },
      looping: {
        code: "FLURRY_EVAL_FAILED",
        message: "infinite recursion encountered",
        place: { file: file("flake.nix") },
      },
      attribute: {
        code: "FLURRY_EVAL_FAILED",
        message: "attribute 'nothing' missing",
        place: { file: file("flake.nix") },
      },
      typed: { code: "FLURRY_EVAL_FAILED", message: expect.stringMatching(/cannot add|cannot coerce/) },
      aborter: { code: "FLURRY_EVAL_FAILED", message: expect.stringContaining("stop") },
      broken: {
        code: "FLURRY_EVAL_FAILED",
        message: expect.stringContaining("syntax error"),
        place: { file: file("broken.nix"), line: 2, column: 7 },
      },
      absent: { code: "FLURRY_EVAL_FAILED", message: expect.stringContaining(file("absent.nix")) },
      untracked: { code: "FLURRY_EVAL_FAILED", hint: expect.stringContaining("git add -N untracked.nix") },
      number: { code: "FLURRY_EVAL_MISSING_HOST", hint: expect.stringContaining("NixOS system") },
      wbe: {
        code: "FLURRY_EVAL_MISSING_HOST",
        message: 'nixosConfigurations has no attribute "wbe"',
        hint: 'Did you mean "web"?',
      },
    };
    for (const [host, error] of Object.entries(expected))
      expect(results.get(host)).toMatchObject({ status: "failed", error: { host, ...error } });

    expect(events.filter(({ kind }) => kind === "stage-started")).toHaveLength(12);
    expect(events).toContainEqual(
      expect.objectContaining({ kind: "stage-finished", host: "web", stage: "evaluate", outcome: "ok" }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ kind: "stage-finished", host: "thrower", stage: "evaluate", outcome: "failed" }),
    );
  });

  it("gives the derivation that nix itself gives", async () => {
    await using flake = await testFlake(
      flakeOf({ nas: 'drv "nas" "echo $rev > $out" { rev = self.rev; count = self.revCount; src = "${./.}"; }' }),
    );
    await flake.git("init", "-q");
    await flake.git("add", "-A");
    await flake.git("commit", "-qm", "first");
    await using pool = new NixPool({ context: flake.context });
    const results = await evaluateAll(pool, await lockFlake(".", flake.context), ["nas"]);
    const own = await flake.nix("eval", "--raw", ".#nixosConfigurations.nas.config.system.build.toplevel.drvPath");
    expect(results.get("nas")).toMatchObject({ status: "ok", drvPath: own });
  });

  it("gives nix's own derivation for a flake in a subdirectory, with inputs that follow others", async () => {
    await using flake = await testFlake({});
    const input = (name: string): string => `path:${flake.root}/${name}`;
    const leaf = `{ outputs = _: { value = "leaf-NONCE"; }; }`;
    const middle = `{ inputs.deep.url = "${input("other")}"; outputs = { self, deep }: { inherit deep; }; }`;
    await flake.write({
      "../leaf/flake.nix": leaf,
      "../other/flake.nix": leaf.replace("leaf", "other"),
      "../middle/flake.nix": middle,
      "../plain/data.txt": "NONCE",
      "lib.nix": '{ name = "shared"; }',
      "fleets/home/flake.nix": `{
        inputs.leaf.url = "${input("leaf")}";
        inputs.middle = { url = "${input("middle")}"; inputs.deep.follows = "leaf"; };
        inputs.plain = { url = "${input("plain")}"; flake = false; };
        outputs = { self, leaf, middle, plain }: { nixosConfigurations.nas.config.system.build.toplevel = derivation {
          name = (import ../../lib.nix).name; system = "x86_64-linux"; builder = "/bin/sh";
          leaf = leaf.value; deep = middle.deep.value; text = builtins.readFile "\${plain}/data.txt";
          own = "\${self}"; source = self.sourceInfo.outPath or ""; rev = self.rev; inherit (self) lastModified;
        }; }; }`,
    });
    await flake.git("init", "-q");
    await flake.git("add", "-A");
    const lock = { ...flake.context, cwd: join(flake.directory, "fleets/home") };
    await lockFlake(".", lock);
    await flake.git("add", "-A");
    await flake.git("commit", "-qm", "first");
    const locked = await lockFlake(".", lock);
    expect(locked).toMatchObject({ subdirectory: "fleets/home", dirty: false });
    await using pool = new NixPool({ context: flake.context });
    const results = await evaluateAll(pool, locked, ["nas"]);
    const attribute = "nixosConfigurations.nas.config.system.build.toplevel.drvPath";
    const own = await flake.nix("eval", "--raw", `./fleets/home#${attribute}`);
    expect(own).toMatch(/-shared\.drv$/);
    expect(results.get("nas")).toMatchObject({ status: "ok", drvPath: own });
  });

  it("finds names that need quoting, and derivations elsewhere", async () => {
    const more = 'deploy.nodes.nas.profiles.system.path = drv "profile" "echo > $out" { };';
    await using flake = await testFlake(flakeOf({ 'we${i}rd \\" host.example.org': 'ok "weird"' }, more));
    const name = 'we${i}rd \\" host.example.org';
    await flake.write({
      "flake.nix": `{ outputs = _: let drv = name: derivation { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; };
        in { nixosConfigurations = builtins.listToAttrs [ { name = builtins.fromJSON ''${JSON.stringify(name).replace("${", "''${")}''; value.config.system.build.toplevel = drv "weird"; } ];
             deploy.nodes.nas.profiles.system.path = drv "profile"; }; }`,
    });
    await using pool = new NixPool({ context: flake.context });
    const locked = await lockFlake("path:.", flake.context);
    expect((await evaluateAll(pool, locked, [name])).get(name)).toMatchObject({ status: "ok" });
    const profile = {
      host: "nas",
      attrPath: ["deploy", "nodes", "nas", "profiles", "system"],
      derivationPath: ["path"],
    };
    for await (const result of pool.evaluate(locked, [profile]))
      expect(result).toMatchObject({ status: "ok", drvPath: expect.stringMatching(/-profile\.drv$/) });
  });

  it("hands out results while others still run", async () => {
    // The slow host counts for a while; the quick one is asked for after it.
    const slow = 'drv "slow" "" { x = toString (builtins.foldl\' (a: b: a + b) 0 (builtins.genList (x: x) 6000000)); }';
    await using flake = await testFlake(flakeOf({ slow, quick: 'ok "quick"' }));
    await using pool = new NixPool({ context: flake.context, concurrency: 2 });
    const locked = await lockFlake("path:.", flake.context);
    const order: string[] = [];
    for await (const { host } of pool.evaluate(locked, requests("slow", "quick"))) order.push(host);
    expect(order).toEqual(["quick", "slow"]);
  });
});
