import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runProcess, storePath } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import { NixPool, areTaken, closureInfo, lockFlake, serveMessage } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { evaluateAll, flakeOf, recorder, testFlake } from "./test-flake.ts";
import type { TestFlake } from "./test-flake.ts";

const files = flakeOf({ nas: 'drv "nixos-nas" "echo $dep > $out" { dep = ok "dep"; }' });
const absent = storePath("/nix/store/80wv3klj0i0s9bxjbyjfipr3z3lmkrqa-absent");

async function built(pool: NixPool, flake: TestFlake): Promise<StorePath> {
  const result = (await evaluateAll(pool, await lockFlake("path:.", flake.context), ["nas"])).get("nas");
  if (result?.status !== "ok") throw new Error("does not evaluate");
  const [build] = await pool.build([result]);
  if (build?.status !== "built") throw new Error("does not build");
  return build.outPath;
}

describe("the store", () => {
  it("tells the closure of a path", async () => {
    await using flake = await testFlake(files);
    await using pool = new NixPool({ context: flake.context });
    const path = await built(pool, flake);
    const closure = await closureInfo([path, path], flake.context);
    expect(closure.map((info) => info.path.replace(/^.{44}/, "")).sort()).toEqual(["nixos-dep", "nixos-nas"]);
    for (const { narSize } of closure) expect(narSize).toBeGreaterThan(100);
    expect(await closureInfo([], flake.context)).toEqual([]);
    await expect(closureInfo([path, absent], flake.context)).rejects.toMatchObject({
      code: "FLURRY_STORE_PATH_INVALID",
      message: expect.stringContaining("absent"),
    });
  });

  it("gives paths to another store in one message, with all that is known of them", async () => {
    const make =
      "mkdir $out $out/a $out/a.d; echo $dep > $out/b; ln -s b $out/B; echo 12345678 > $out/x; chmod +x $out/x";
    await using flake = await testFlake(
      flakeOf({ nas: `drv "nixos-nas" "PATH=/usr/bin:/bin; ${make}" { dep = ok "dep"; }` }),
    );
    await using pool = new NixPool({ context: flake.context });
    const path = await built(pool, flake);
    const key = join(flake.root, "key");
    await writeFile(key, await flake.nix("key", "generate-secret", "--key-name", "test-1"));
    await flake.nix("store", "sign", "--key-file", key, path);
    const closure = await closureInfo([path], flake.context);
    expect(closure).toHaveLength(2);
    const storeUri = `local?root=${flake.root}/there`;
    const { env } = flake.context;
    // The path itself comes first here, and what it refers to has to be told first.
    const stdin = await serveMessage([...closure].toSorted((one) => (one.path === path ? -1 : 1)));
    const words = ["--serve", "--write", "--store", storeUri];
    // That of the machine: hosts have other versions than the deployer as well.
    const answer = await runProcess("nix-store", words, { env, ...(stdin === undefined ? {} : { stdin }) });
    expect(answer.stderr).not.toContain("error");
    expect(areTaken(answer.stdout, closure)).toBe(true);
    expect(areTaken(answer.stdout, [...closure, ...closure])).toBe(false);
    const there = await closureInfo([path], flake.context, { storeUri });
    expect(there).toEqual(closure);
    expect(there.find((one) => one.path === path)?.origin?.signatures).toEqual([expect.stringMatching(/^test-1:/)]);
    await flake.nix("store", "verify", "--store", storeUri, "--recursive", "--no-trust", path);
    const changed = closure.map((one) => ({ ...one, narHash: `sha256-${"A".repeat(43)}=` }));
    expect(await serveMessage(changed)).toBeUndefined();
    expect(await serveMessage([{ path: absent, narSize: 1, references: [] }])).toBeUndefined();
  });

  it("copies to a binary cache and to another store, once", async () => {
    await using flake = await testFlake(files);
    const { events, emit } = recorder();
    await using pool = new NixPool({ context: flake.context, emit });
    const path = await built(pool, flake);
    const size = (await closureInfo([path], flake.context)).reduce((sum, { narSize }) => sum + narSize, 0);
    for (const storeUri of [`file://${flake.root}/cache`, `local?root=${flake.root}/chroot`]) {
      const copied = await pool.copy({ host: "nas", paths: [path], storeUri });
      expect(copied).toMatchObject({ host: "nas", copiedPaths: 2, copiedBytes: size });
      const again = await pool.copy({ host: "nas", paths: [path], storeUri });
      expect(again).toMatchObject({ copiedPaths: 0, copiedBytes: 0 });
    }
    expect(await readdir(join(flake.root, "chroot/nix/store"))).toContain(path.slice("/nix/store/".length));
    // Newer versions tell the bytes, 2.26 those of the compressed paths, older ones only the paths.
    const progress = events.filter((event) => event.kind === "stage-progress" && event.stage === "copy");
    expect(progress).toContainEqual(
      expect.objectContaining({ host: "nas", done: expect.toSatisfy((done) => done > 0) }),
    );
    expect(events.findLast(({ kind }) => kind === "stage-finished")).toMatchObject({
      stage: "copy",
      outcome: "ok",
    });
  });

  it("says why a copy failed", async () => {
    await using flake = await testFlake(files);
    await using pool = new NixPool({ context: flake.context });
    const path = await built(pool, flake);
    const chroot = `local?root=${flake.root}/chroot`;
    await expect(
      pool.copy({ host: "nas", paths: [path], storeUri: chroot, checkSignatures: true }),
    ).rejects.toMatchObject({
      code: "FLURRY_COPY_UNSIGNED",
      host: "nas",
      hint: expect.stringContaining("trusted-users"),
    });
    await expect(pool.copy({ host: "nas", paths: [absent], storeUri: chroot })).rejects.toMatchObject({
      code: "FLURRY_COPY_FAILED",
      message: expect.stringContaining("absent"),
    });
    await expect(
      // Port 1 of the loopback: nobody listens there.
      pool.copy({
        host: "nas",
        paths: [path],
        storeUri: "ssh-ng://root@127.0.0.1",
        nixSshOpts: "-p 1 -o BatchMode=yes",
      }),
    ).rejects.toMatchObject({
      code: "FLURRY_SSH_UNREACHABLE",
      message: expect.stringContaining("port 1: Connection refused"),
    });
  });
});
