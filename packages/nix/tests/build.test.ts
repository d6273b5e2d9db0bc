import { lstat, mkdir, readlink } from "node:fs/promises";
import { join } from "node:path";

import { NixPool, lockFlake } from "@flurry/nix";
import type { BuildRequest, BuildResult } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { evaluateAll, flakeOf, recorder, testFlake } from "./test-flake.ts";
import type { TestFlake } from "./test-flake.ts";

async function toBuild(pool: NixPool, flake: TestFlake, hosts: readonly string[]): Promise<readonly BuildRequest[]> {
  const results = await evaluateAll(pool, await lockFlake(`path:${flake.directory}`, flake.context), hosts);
  return hosts.map((host) => {
    const result = results.get(host);
    if (result?.status !== "ok") throw new Error(`${host} does not evaluate: ${JSON.stringify(result)}`);
    return result;
  });
}

function byHost(results: readonly BuildResult[]): Record<string, BuildResult> {
  return Object.fromEntries(results.map((result) => [result.host, result]));
}

describe("NixPool.build", () => {
  it("builds what can be built and says of each other host what it lacks", async () => {
    const shared = 'drv "shared" "for n in 1 2 3; do echo line $n; done; exit 3" { }';
    await using flake = await testFlake(
      flakeOf({
        good: 'drv "good" "echo $dep > $out" { dep = ok "dep"; }',
        own: 'drv "own" "echo hi > $out" { dep = drv "owned" "echo nothing works >&2; exit 1" { }; }',
        shares: `drv "shares" "echo hi > $out" { dep = ${shared}; }`,
        sharesToo: `drv "sharesToo" "echo hi > $out" { dep = ${shared}; other = ok "dep"; }`,
        foreign: 'drv "foreign" "echo hi > $out" { system = "sparc64-solaris"; }',
        fixed: `drv "fixed" "echo hi > $out" { outputHashAlgo = "sha256"; outputHash = "${"0".repeat(64)}"; }`,
        empty: 'drv "empty" "true" { }',
        twin: 'drv "good" "echo $dep > $out" { dep = ok "dep"; }',
      }),
    );
    const { events, emit } = recorder();
    await using pool = new NixPool({ context: flake.context, emit });
    const hosts = ["good", "own", "shares", "sharesToo", "foreign", "fixed", "empty", "twin"];
    const requests = await toBuild(pool, flake, hosts);
    const results = await pool.build(requests);
    expect(results.map(({ host }) => host)).toEqual(hosts);
    const failed = (message: RegExp): object => ({
      status: "failed",
      error: { code: "FLURRY_BUILD_FAILED", message: expect.stringMatching(message) },
    });
    expect(byHost(results)).toMatchObject({
      good: { status: "built", outPath: requests[0]?.outPath },
      twin: { status: "built" },
      own: failed(/^owned failed with exit code 1$/),
      shares: failed(/^shared failed with exit code 3$/),
      sharesToo: failed(/^shared failed with exit code 3$/),
      foreign: failed(/^foreign cannot be built here: .*sparc64-solaris/),
      fixed: failed(/^fixed has the hash sha256-\S+=, not sha256-A+=$/),
      empty: failed(/^empty failed to produce output path/),
    });
    const { own, shares } = byHost(results);
    expect(own?.status === "failed" && own.error.details).toContain("nothing works");
    expect(shares?.status === "failed" && shares.error.details).toMatch(/line 1\n {2}line 2\n {2}line 3/);
    await expect(lstat(requests[0]?.outPath ?? "")).resolves.toBeDefined();

    const last = events.findLast((event) => event.kind === "stage-progress" && event.host === "good");
    expect(last).toMatchObject({ stage: "build", done: 2, expected: 2, unit: "builds" });
    expect(events).toContainEqual({ kind: "log", host: "own", stage: "build", level: "info", line: "nothing works" });
    expect(events).toContainEqual({ kind: "log", stage: "build", level: "info", line: "line 1" });
    for (const host of hosts)
      expect(
        events.filter((event) => event.kind === "stage-finished" && event.host === host && event.stage === "build"),
      ).toHaveLength(1);
  });

  it("does not believe an exit code", async () => {
    await using flake = await testFlake(flakeOf({ nas: 'ok "nas"' }));
    await using pool = new NixPool({ context: flake.context });
    const [request] = await toBuild(pool, flake, ["nas"]);
    if (request === undefined) throw new Error("no request");
    // Another output than the derivation has: nix builds it and is content.
    const outPath = `${request.outPath.slice(0, -3)}sam` as typeof request.outPath;
    const [result] = await pool.build([{ ...request, outPath }]);
    expect(result).toMatchObject({ status: "failed", error: { code: "FLURRY_BUILD_FAILED" } });
  });

  it("keeps what it built from being collected, and needs nothing when it is there", async () => {
    await using flake = await testFlake(flakeOf({ a: 'ok "a"', b: 'ok "b"', same: 'ok "a"' }));
    await using pool = new NixPool({ context: flake.context });
    const requests = await toBuild(pool, flake, ["a", "b", "same"]);
    const outLinkDirectory = join(flake.root, "roots");
    await mkdir(outLinkDirectory);
    for (let round = 0; round < 2; round++) {
      const results = await pool.build(requests, { outLinkDirectory, maxJobs: 1, cores: 1 });
      expect(results.map(({ status }) => status)).toEqual(["built", "built", "built"]);
    }
    expect(await readlink(join(outLinkDirectory, "system"))).toBe(requests[0]?.outPath);
    expect(await readlink(join(outLinkDirectory, "system-1"))).toBe(requests[1]?.outPath);
  });

  it("has nothing to do for nobody", async () => {
    await using flake = await testFlake({});
    await using pool = new NixPool({ context: flake.context });
    expect(await pool.build([])).toEqual([]);
  });
});
