import { buildForecast, knownClosure, lockFlake, NixPool, substituters } from "@flurry/nix";
import type { EvaluationSuccess } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { evaluateAll, flakeOf, testFlake } from "./test-flake.ts";
import type { TestFlake } from "./test-flake.ts";

const files = flakeOf({ nas: 'drv "nixos-nas" "echo $dep > $out" { dep = ok "dep"; }' });

async function evaluated(pool: NixPool, flake: TestFlake): Promise<EvaluationSuccess> {
  const result = (await evaluateAll(pool, await lockFlake("path:.", flake.context), ["nas"])).get("nas");
  if (result?.status !== "ok") throw new Error("does not evaluate");
  return result;
}

describe("what is known without building", () => {
  it("is what would be built, before it is", async () => {
    await using flake = await testFlake(files);
    await using pool = new NixPool({ context: flake.context });
    const nas = await evaluated(pool, flake);
    const { signal } = new AbortController();
    const names = (paths: Iterable<string>): readonly string[] =>
      [...paths].map((path) => path.replace(/^.{44}/, "")).sort();
    const before = await buildForecast(nas.drvPath, flake.context, { signal });
    expect(names(before.toBuild)).toEqual(["nixos-dep.drv", "nixos-nas.drv"]);
    expect(names(before.derivations)).toEqual(["nixos-dep.drv", "nixos-nas.drv"]);
    expect(before.toFetch).toEqual({ paths: 0, downloadBytes: 0 });
    expect(await knownClosure(nas.outPath, flake.context, { signal, caches: [] })).toBeUndefined();
    await pool.build([nas]);
    expect((await buildForecast(nas.drvPath, flake.context, { signal })).toBuild).toEqual([]);
  });

  it("is a closure that this store or a cache has", async () => {
    await using flake = await testFlake(files);
    await using pool = new NixPool({ context: flake.context });
    const nas = await evaluated(pool, flake);
    const { signal } = new AbortController();
    await pool.build([nas]);
    const cache = `file://${flake.root}/cache`;
    await pool.copy({ host: "nas", paths: [nas.outPath], storeUri: cache });
    const local = await knownClosure(nas.outPath, flake.context, { signal, caches: [] });
    expect(local).toMatchObject({ paths: [{ narSize: expect.any(Number) }, { narSize: expect.any(Number) }] });
    expect(local?.cache).toBeUndefined();
    await flake.nix("store", "delete", nas.outPath);
    const nobody = `file://${flake.root}/nobody`;
    const remote = await knownClosure(nas.outPath, flake.context, { signal, caches: [nobody, cache] });
    // When a path came into a store is its own affair.
    expect(local?.paths).toMatchObject([{ origin: { signatures: [] } }, { origin: { signatures: [] } }]);
    expect(remote).toEqual({ paths: local?.paths.map((path) => ({ ...path, origin: undefined })), cache });
    const options = [
      ["substituters", cache],
      ["require-sigs", "false"],
    ] as const;
    const { toFetch, toBuild } = await buildForecast(nas.drvPath, { ...flake.context, options }, { signal });
    expect(toBuild).toEqual([]);
    expect(toFetch.paths).toBe(1);
  });

  it("is where nix looks for what others have built", async () => {
    await using flake = await testFlake(files);
    expect(await substituters(flake.context)).toEqual([]);
    const options = [["substituters", "https://cache.example.org file:///srv/cache"]] as const;
    const found = await substituters({ ...flake.context, options });
    expect(found.map((url) => url.replace(/\/$/, "")).sort()).toEqual([
      "file:///srv/cache",
      "https://cache.example.org",
    ]);
  });
});
