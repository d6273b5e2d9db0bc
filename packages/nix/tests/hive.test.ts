import { NixPool, describeFlake, lockFlake } from "@flurry/nix";
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

  it("is left alone where deploy.nodes says it all", async () => {
    await using flake = await testFlake(
      flakeOf({}, 'deploy.nodes = { }; colmena = throw "the hive is not to be looked at";'),
    );
    const outline = await describeFlake(await lockFlake(".", flake.context), flake.context);
    expect(outline).toMatchObject({ deploy: { nodes: {} }, hasColmena: true });
    expect(outline.hive).toBeUndefined();
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
