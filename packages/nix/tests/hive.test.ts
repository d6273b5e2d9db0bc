import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { NixPool, describeFlake, lockFlake, readKeyTexts } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { flakeOf, testFlake } from "./test-flake.ts";

/** What `colmena.lib.makeHive` gives, without NixOS. */
const prepared = `
  colmenaHive = rec {
    __schema = "v0.5";
    nodes.web.config = {
      system.build.toplevel = ok "web";
      deployment = { targetHost = "10.0.0.5"; keys.token = { text = "never-shown"; path = ./flake.nix; uploadAt = "pre-activation"; }; };
    };
    deploymentConfig = builtins.mapAttrs (_: node: node.config.deployment) nodes;
    metaConfig = { name = "hive"; description = "Mine"; machinesFile = null; allowApplyAll = false; };
  };
`;

describe("a hive that the flake prepared", () => {
  it("is described without the texts of its keys, and evaluated as it stands", async () => {
    await using flake = await testFlake(flakeOf({}, prepared));
    const locked = await lockFlake(".", flake.context);
    const { hive, hasColmenaHive } = await describeFlake(locked, flake.context);
    expect(hasColmenaHive).toBe(true);
    expect(hive).toMatchObject({
      meta: { description: "Mine", allowApplyAll: false },
      nodes: { web: { targetHost: "10.0.0.5", keys: { token: { source: "text", uploadAt: "pre-activation" } } } },
    });
    expect(JSON.stringify(hive)).not.toContain("never-shown");
    await using pool = new NixPool({ context: flake.context });
    for await (const result of pool.evaluate(locked, [{ host: "web", attrPath: ["colmenaHive", "nodes", "web"] }]))
      expect(result).toMatchObject({ status: "ok", outPath: expect.stringMatching(/-nixos-web$/) as string });
  });

  it("is described without nix while nothing changes", async () => {
    await using flake = await testFlake(flakeOf({}, prepared));
    const nix = join(flake.root, "nix");
    const log = join(flake.root, "calls");
    const script = `for word; do [ "$word" = eval ] && echo eval >> ${log}; done\nexec nix "$@"\n`;
    await writeFile(nix, `#!/bin/sh\n${script}`, { mode: 0o755 });
    const asked = async (): Promise<number> => {
      await writeFile(log, "");
      const context = { ...flake.context, nix };
      const { hive } = await describeFlake(await lockFlake(".", context), context);
      expect(hive).toMatchObject({ nodes: { web: { targetHost: "10.0.0.5" } } });
      return (await readFile(log, "utf8")).split("\n").filter((line) => line === "eval").length;
    };
    expect([await asked(), await asked()]).toEqual([1, 0]);
    await flake.write({ "other.nix": "1" });
    expect([await asked(), await asked()]).toEqual([1, 0]);
    const cache = join(flake.root, "home/.cache/flurry/outline/v1");
    const [file = ""] = await readdir(cache);
    expect(await readFile(join(cache, file), "utf8")).not.toContain("never-shown");
    await writeFile(join(cache, file), "{}");
    expect(await asked()).toBeLessThan(2);
  });

  it("is left alone where deploy.nodes says it all", async () => {
    await using flake = await testFlake(
      flakeOf({}, 'deploy.nodes = { }; colmena = throw "the hive is not to be looked at";'),
    );
    const outline = await describeFlake(await lockFlake(".", flake.context), flake.context);
    expect(outline).toMatchObject({ deploy: { nodes: {} }, hasColmena: true });
    expect(outline.hive).toBeUndefined();
  });

  it("is read beside deploy.nodes where it is wanted", async () => {
    const hive = "colmenaHive = { deploymentConfig.web.tags = [ ]; };";
    await using flake = await testFlake(flakeOf({}, `deploy.nodes = { }; ${hive}`));
    const locked = await lockFlake(".", flake.context);
    const both = { deploy: { nodes: {} }, hive: { nodes: { web: { tags: [] } } } };
    expect((await describeFlake(locked, flake.context)).hive).toBeUndefined();
    expect(await describeFlake(locked, flake.context, { wantsHive: true })).toMatchObject(both);
  });
});

describe("the texts of keys", () => {
  it("are read of the nodes that are asked for, and of no other", async () => {
    const colmena = `
      colmenaHive = {
        __schema = "v0.5";
        deploymentConfig = {
          "we.b".keys = { "to ken'".text = "a\\nb"; other.text = throw "other is not asked for"; };
          nas = throw "nas is not asked for";
        };
      };
    `;
    await using flake = await testFlake(flakeOf({}, colmena));
    const locked = await lockFlake(".", flake.context);
    const name = "to ken'";
    const { context } = flake;
    expect(await readKeyTexts(locked, { "we.b": [name] }, { context })).toEqual({ "we.b": { [name]: "a\nb" } });
    const failure = readKeyTexts(locked, { "we.b": ["missing"] }, { context });
    await expect(failure).rejects.toMatchObject({ code: "FLURRY_EVAL_FAILED" });
  });
});

describe("a hive as it stands in the output colmena", () => {
  it.each([
    ["no nixpkgs", "colmena = { web = { }; };", "needs meta.nixpkgs"],
    ["nixpkgs that is no instance", "colmena = { meta.nixpkgs = { }; web = { }; };", "must be an instance of nixpkgs"],
    ["both meta and network", "colmena = { meta = { }; network = { }; web = { }; };", "both meta and network"],
  ])("with %s tells what it lacks", async (_, output, message) => {
    await using flake = await testFlake(flakeOf({}, output));
    await expect(describeFlake(await lockFlake(".", flake.context), flake.context)).rejects.toMatchObject({
      code: "FLURRY_EVAL_FAILED",
      message: expect.stringContaining(message) as string,
    });
  });
});
