import { spawn } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { drvPath, storePath } from "@flurry/core";
import { NixPool, closureInfo, describeFlake, lockFlake } from "@flurry/nix";
import type { Evaluation, LockedFlake, NixContext } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { WorkerThread } from "../src/pool/worker-thread.ts";
import { flakeOf, processesWith, recorder, requests, testFlake, until } from "./test-flake.ts";
import type { TestFlake } from "./test-flake.ts";

const hash = "mwfz3hvqjlnpzbdgj1k3bwljmqijyzv9";
const path = storePath(`/nix/store/${hash}-x`);
const endless =
  "builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: builtins.foldl' (a: b: a + b) 0 (builtins.genList (y: y) 100000)) 1000000)";
const locked: LockedFlake = {
  original: ".",
  lockedRef: `path:${path}`,
  storePath: path,
  narHash: "sha256-x",
  dirty: false,
  warnings: [],
};

/** A program in the place of nix that knows its version, and does as the script says at all else. */
async function fakeNix(flake: TestFlake, script: string): Promise<NixContext> {
  const directory = join(flake.root, "bin");
  await mkdir(directory, { recursive: true });
  const nix = join(directory, "nix");
  await writeFile(nix, `#!/bin/sh\ncase "$*" in *" --version") echo "nix (Nix) 2.8.0"; exit ;; esac\n${script}\n`);
  await chmod(nix, 0o755);
  return { ...flake.context, nix, env: { ...flake.context.env, NONCE: flake.nonce } };
}

async function all(results: AsyncIterable<Evaluation>): Promise<readonly Evaluation[]> {
  const list: Evaluation[] = [];
  for await (const result of results) list.push(result);
  return list;
}

describe("a nix that is not there", () => {
  it("is one typed error everywhere", async () => {
    await using flake = await testFlake({});
    const context = { ...flake.context, nix: "nix", env: { PATH: "/nowhere" } };
    const error = { code: "FLURRY_NIX_NOT_FOUND", hint: expect.stringContaining("Install Nix") };
    await expect(lockFlake(".", context)).rejects.toMatchObject(error);
    await expect(describeFlake(locked, context)).rejects.toMatchObject(error);
    await expect(closureInfo([path], context)).rejects.toMatchObject(error);
    const { events, emit } = recorder();
    await using pool = new NixPool({ context, emit });
    expect(await all(pool.evaluate(locked, requests("a", "b")))).toMatchObject([
      { host: "a", status: "failed", error },
      { host: "b", status: "failed", error },
    ]);
    const request = { host: "a", drvPath: drvPath(`${path}.drv`), outPath: path };
    expect(await pool.build([request])).toMatchObject([{ host: "a", status: "failed", error }]);
    await expect(pool.copy({ host: "a", paths: [path], storeUri: "file:///x" })).rejects.toMatchObject(error);
    expect(events).toEqual([]);
  });
});

describe("a nix that misbehaves", () => {
  it.each([
    [
      "garbage on both streams",
      "echo hello; echo '@nix {broken' >&2; echo '@nix 5' >&2; exit 0",
      "FLURRY_NIX_OUTPUT_INVALID",
    ],
    ["nothing", "exit 0", "FLURRY_NIX_OUTPUT_INVALID"],
    ["JSON of another shape", 'echo \'{"derivation":{"drvPath":3}}\'', "FLURRY_NIX_OUTPUT_INVALID"],
    [
      "a path that is none",
      'echo \'{"pure":true,"derivation":{"drvPath":"/tmp/x.drv","output":"/tmp/x","system":"s"},"secrets":{}}\'',
      "FLURRY_STORE_PATH_INVALID",
    ],
    ["a failure without a word", "exit 9", "FLURRY_EVAL_FAILED"],
    ["out of memory", "echo 'error: out of memory' >&2; exit 1", "FLURRY_NIX_OUT_OF_MEMORY"],
    ["its own death", "kill -9 $$", "FLURRY_NIX_KILLED"],
    [
      "an old version's complaint",
      "echo \"error: unrecognised flag '--extra-experimental-features'\" >&2; exit 1",
      "FLURRY_NIX_TOO_OLD",
    ],
  ])("gives %s", async (_, script, code) => {
    await using flake = await testFlake({});
    await using pool = new NixPool({ context: await fakeNix(flake, script) });
    expect(await all(pool.evaluate(locked, requests("nas")))).toMatchObject([
      { host: "nas", status: "failed", error: { code, host: "nas" } },
    ]);
  });

  it("hangs, and ends at its deadline with all it started", async () => {
    await using flake = await testFlake({});
    const context = await fakeNix(flake, "trap '' TERM; sleep 1000 & sleep 1000 & wait; wait");
    await using pool = new NixPool({ context });
    const results = await all(pool.evaluate(locked, requests("nas"), { timeoutMs: 300 }));
    expect(results).toMatchObject([
      { error: { code: "FLURRY_TIMEOUT", message: "evaluating nas did not end within 300 ms" } },
    ]);
    await expect(lockFlake(".", context, { timeoutMs: 300 })).rejects.toMatchObject({ code: "FLURRY_TIMEOUT" });
    await expect.poll(() => processesWith(flake.nonce)).toEqual([]);
  });

  it("stops moving in the middle of a copy", async () => {
    await using flake = await testFlake({});
    await using pool = new NixPool({ context: await fakeNix(flake, "echo '@nix {}' >&2; exec sleep 1000") });
    const copy = pool.copy({ host: "nas", paths: [path], storeUri: "file:///x" }, { stallTimeoutMs: 1000 });
    await expect(copy).rejects.toMatchObject({ code: "FLURRY_TIMEOUT", message: expect.stringContaining("stalled") });
    await expect.poll(() => processesWith(flake.nonce)).toEqual([]);
  });

  it("is alive while its log goes on, or its bytes", async () => {
    await using flake = await testFlake({});
    // It is silent for a quarter of the time that it may be, and at work for longer than that.
    const talks = "for i in 1 2 3 4 5 6; do echo '@nix {}' >&2; sleep 0.5; done";
    await using talking = new NixPool({ context: await fakeNix(flake, talks) });
    const request = { host: "nas", paths: [path], storeUri: "file:///x" };
    await expect(talking.copy(request, { stallTimeoutMs: 2000 })).resolves.toMatchObject({ copiedPaths: 0 });
    const writes = "for i in 1 2 3 4 5 6; do echo x > /dev/null; sleep 0.5; done";
    await using writing = new NixPool({ context: await fakeNix(flake, writes) });
    await expect(writing.copy(request, { stallTimeoutMs: 2000 })).resolves.toMatchObject({ copiedPaths: 0 });
  });

  it("gets the words for ssh in its environment and nowhere else", async () => {
    await using flake = await testFlake({});
    const log = join(flake.root, "log");
    const context = await fakeNix(flake, `echo "$NIX_SSHOPTS" > ${log}; echo "$*" >> ${log}`);
    await using pool = new NixPool({ context });
    await pool.copy({
      host: "nas",
      paths: [path],
      storeUri: "ssh-ng://root@nas",
      nixSshOpts: "-i '/my keys/id'",
      substituteOnDestination: true,
    });
    const [environment, words] = (await readFile(log, "utf8")).split("\n");
    expect(environment).toBe("-i '/my keys/id'");
    expect(words).toMatch(/ copy .*--to ssh-ng:\/\/root@nas --no-check-sigs --substitute-on-destination -- /);
    expect(words).not.toContain("my keys");
  });
});

/** Kills a process, unless it has ended by itself. */
function killed(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

describe("an end from outside", () => {
  it("of one evaluation is that host's failure alone", async () => {
    await using flake = await testFlake(flakeOf({ endless, ok: 'ok "ok"' }));
    const { events, emit } = recorder();
    const context = { ...flake.context, env: { ...flake.context.env, NONCE: flake.nonce } };
    await using pool = new NixPool({ context, emit, concurrency: 1 });
    const flakeRef = await lockFlake("path:.", flake.context);
    const results = all(pool.evaluate(flakeRef, requests("endless", "ok")));
    await until("the evaluation is killed", async () => {
      const own = (await processesWith(flake.nonce)).filter((line) => line.includes("endless"));
      for (const line of own) killed(Number(line.split(" ")[0]));
      // When the kernel ends some process of this machine meanwhile for lack of memory, there is a second attempt.
      return events.some((event) => event.kind === "stage-finished" && event.host === "endless");
    });
    expect(await results).toMatchObject([
      { host: "endless", status: "failed", error: { code: "FLURRY_NIX_KILLED" } },
      { host: "ok", status: "ok" },
    ]);
  });

  it("by abort ends what runs and never starts what waits", async () => {
    await using flake = await testFlake(flakeOf({ a: endless, b: endless, c: endless }));
    const { events, emit } = recorder();
    const context = { ...flake.context, env: { ...flake.context.env, NONCE: flake.nonce } };
    await using pool = new NixPool({ context, emit, concurrency: 2 });
    const flakeRef = await lockFlake("path:.", flake.context);
    const controller = new AbortController();
    const results = all(pool.evaluate(flakeRef, requests("a", "b", "c"), { signal: controller.signal }));
    const started = (): number => events.filter(({ kind }) => kind === "stage-started").length;
    await until("two run", () => started() === 2);
    controller.abort();
    const failures = await results;
    expect(failures).toHaveLength(3);
    for (const failure of failures)
      expect(failure).toMatchObject({ status: "failed", error: { code: "FLURRY_ABORTED" } });
    expect(started()).toBe(2);
    await expect.poll(() => processesWith(flake.nonce)).toEqual([]);
  });

  it("by leaving the loop, or closing the pool, ends what runs", async () => {
    await using flake = await testFlake(flakeOf({ quick: 'ok "quick"', slow: endless }));
    const context = { ...flake.context, env: { ...flake.context.env, NONCE: flake.nonce } };
    const flakeRef = await lockFlake("path:.", flake.context);
    await using pool = new NixPool({ context, concurrency: 2 });
    for await (const { host } of pool.evaluate(flakeRef, requests("quick", "slow"))) {
      expect(host).toBe("quick");
      break;
    }
    await expect.poll(() => processesWith(flake.nonce)).toEqual([]);

    const closed = new NixPool({ context });
    const results = all(closed.evaluate(flakeRef, requests("slow")));
    await until("it runs", async () => (await processesWith(flake.nonce)).length > 0);
    await closed[Symbol.asyncDispose]();
    expect(await results).toMatchObject([{ error: { code: "FLURRY_ABORTED", message: "the pool was closed" } }]);
    await expect.poll(() => processesWith(flake.nonce)).toEqual([]);
  });

  it("of a build ends its builder", async () => {
    await using flake = await testFlake(
      flakeOf({ slow: 'drv "slow" "echo begun; sleep 1000" { PATH = "/usr/bin:/bin"; }' }),
    );
    const { events, emit } = recorder();
    await using pool = new NixPool({ context: flake.context, emit });
    const [request] = await all(pool.evaluate(await lockFlake("path:.", flake.context), requests("slow")));
    if (request?.status !== "ok") throw new Error("does not evaluate");
    const controller = new AbortController();
    const results = pool.build([request], { signal: controller.signal });
    await until("the builder runs", () => events.some((event) => event.kind === "log" && event.line === "begun"));
    // The builder's environment holds the nonce, and so finds it.
    expect(await processesWith(flake.nonce)).not.toEqual([]);
    controller.abort();
    expect(await results).toMatchObject([{ status: "failed", error: { code: "FLURRY_ABORTED" } }]);
    await until("the builder is gone", async () => (await processesWith(flake.nonce)).length === 0);
  });

  it("of the whole program leaves nothing, SIGKILL included", async () => {
    await using flake = await testFlake(flakeOf({ slow: endless }));
    const { lockedRef } = await lockFlake("path:.", flake.context);
    const context = { ...flake.context, env: { ...flake.context.env, NONCE: flake.nonce } };
    const entry = new URL("../dist/index.js", import.meta.url).href;
    const program = `
      import { NixPool } from ${JSON.stringify(entry)};
      const pool = new NixPool({ context: ${JSON.stringify(context)} });
      const flake = ${JSON.stringify({ ...locked, lockedRef })};
      for await (const result of pool.evaluate(flake, ${JSON.stringify(requests("slow"))})) console.log(result);`;
    for (const signal of ["SIGKILL", "SIGINT"] as const) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "ignore" });
      await until("nix runs", async () => (await processesWith(flake.nonce)).some((line) => / eval /.test(line)));
      child.kill(signal);
      const alive = async (): Promise<readonly string[]> =>
        (await processesWith(flake.nonce)).filter((line) => !line.startsWith(`${child.pid ?? 0} `));
      await until("nix is gone", async () => (await alive()).length === 0);
      expect(await alive()).toEqual([]);
    }
  });
});

describe("a worker thread", () => {
  const call = { command: [], args: [], what: "working", timeoutMs: 100_000, events: "none" } as const;
  const follow = { signal: new AbortController().signal };

  it.each([
    ["cannot be loaded", 'import "./nothing-here.mjs";'],
    ["dies at its work", "export function run() { process.exit(3); }"],
  ])("that %s is a bug that says so, not a wait without end", async (_, program) => {
    await using flake = await testFlake({ "worker.mjs": program });
    await using worker = new WorkerThread(flake.context, `file://${flake.directory}/worker.mjs`);
    await expect(worker.run(call, follow)).rejects.toMatchObject({
      code: "FLURRY_INTERNAL",
      message: "the worker thread died while working",
    });
  });

  it("that was started early and cannot be loaded is told of by the call", async () => {
    await using flake = await testFlake({ "worker.mjs": 'import "./nothing-here.mjs";' });
    await using worker = new WorkerThread(flake.context, `file://${flake.directory}/worker.mjs`);
    worker.prepare();
    await expect(worker.run(call, follow)).rejects.toMatchObject({ code: "FLURRY_INTERNAL" });
    await expect(worker.run(call, follow)).rejects.toMatchObject({ code: "FLURRY_INTERNAL" });
  });

  it("that dies takes its processes with it", async () => {
    const program = `
      import { spawn } from "node:child_process";
      import { existsSync } from "node:fs";
      export async function run({ port, context }) {
        const child = spawn("sh", ["-c", "sleep 1000 & wait"], { detached: true, stdio: "ignore", env: context.env });
        port.postMessage({ kind: "spawned", pid: child.pid });
        await new Promise(() => setInterval(() => existsSync(context.cwd + "/die") && process.exit(3), 50));
      }`;
    await using flake = await testFlake({ "worker.mjs": program });
    const context = { ...flake.context, env: { ...flake.context.env, NONCE: flake.nonce } };
    await using worker = new WorkerThread(context, `file://${flake.directory}/worker.mjs`);
    const failure = worker.run(call, follow).catch((error: unknown) => error);
    await until("it has a process", async () => (await processesWith(flake.nonce)).length > 0);
    await flake.write({ die: "" });
    expect(await failure).toMatchObject({ code: "FLURRY_INTERNAL" });
    await until("it is gone", async () => (await processesWith(flake.nonce)).length === 0);
  });
});
