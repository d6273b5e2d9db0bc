import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { NixPool, affectedHosts, evaluationCacheDirectory, lockFlake, reasonText } from "@flurry/nix";
import type { EvaluateOptions, Evaluation, NixContext, NixPoolOptions } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { flakeOf, recorder, requests, testFlake } from "./test-flake.ts";
import type { TestFlake } from "./test-flake.ts";

/** Hosts that read files of their own, and one that reads a shared one. */
const fleet = {
  ...flakeOf({
    nas: 'drv "nas" "echo > $out" { value = import ./hosts/nas.nix; }',
    web: 'drv "web" "echo > $out" { value = import ./hosts/web.nix; src = ./files; }',
  }),
  "hosts/nas.nix": '"nas NONCE"',
  "hosts/web.nix": '"web NONCE"',
  "files/a.txt": "a",
  "README.md": "A fleet.",
};

interface RunOptions extends EvaluateOptions {
  readonly ref?: string;
  readonly hosts?: readonly string[];
  readonly context?: NixContext;
  readonly pool?: Omit<NixPoolOptions, "context">;
}

/** Locks and evaluates as a run of its own, and gathers by host. */
async function run(flake: TestFlake, options: RunOptions = {}): Promise<ReadonlyMap<string, Evaluation>> {
  const { ref = ".", hosts = ["nas", "web"], context = flake.context, pool: poolOptions = {}, ...rest } = options;
  await using pool = new NixPool({ context, ...poolOptions });
  const results = new Map<string, Evaluation>();
  for await (const each of pool.evaluate(await lockFlake(ref, context), requests(...hosts), rest))
    results.set(each.host, each);
  return results;
}

/** `nas: cached` or why it was evaluated, sorted by host. */
function told(results: ReadonlyMap<string, Evaluation>): readonly string[] {
  const lines = [...results.values()].map((each) => {
    if (each.status === "failed") return `${each.host}: ${each.error.message}`;
    return `${each.host}: ${each.cached ? "cached" : each.reasons.map(reasonText).join(", ")}`;
  });
  return lines.sort();
}

function drvPaths(results: ReadonlyMap<string, Evaluation>): readonly (string | undefined)[] {
  return [...results.values()]
    .sort((a, b) => (a.host < b.host ? -1 : 1))
    .map((each) => (each.status === "ok" ? each.drvPath : undefined));
}

async function committed(files: Readonly<Record<string, string>>): Promise<TestFlake> {
  const flake = await testFlake(files);
  await flake.git("init", "-q");
  await flake.git("add", "-A");
  await flake.git("commit", "-qm", "first");
  return flake;
}

const unseen = "the source changed, all of which counts: what it reads was not seen";

describe("an evaluation that nothing changed for", () => {
  it("is not made again, and one that something changed for is", async () => {
    await using flake = await committed(fleet);
    const first = await run(flake);
    expect(told(first)).toEqual(["nas: not evaluated before", "web: not evaluated before"]);
    const again = await run(flake);
    expect(told(again)).toEqual(["nas: cached", "web: cached"]);
    expect(drvPaths(again)).toEqual(drvPaths(first));
    expect(again.get("nas")).toMatchObject({ durationMs: 0, verified: false, system: "x86_64-linux" });

    await flake.write({ "README.md": "Changed." });
    expect(told(await run(flake))).toEqual(["nas: cached", "web: cached"]);
    await flake.git("commit", "-qam", "second");
    expect(told(await run(flake))).toEqual(["nas: cached", "web: cached"]);
    await flake.write({ "hosts/nas.nix": '"other NONCE"' });
    expect(told(await run(flake))).toEqual(["nas: hosts/nas.nix changed", "web: cached"]);
    await flake.write({ "files/b.txt": "b" });
    await flake.git("add", "-A");
    const added = await run(flake);
    expect(told(added)).toEqual(["nas: cached", "web: files changed"]);
    expect(drvPaths(added)).toEqual([
      await flake.nix("eval", "--raw", ".#nixosConfigurations.nas.config.system.build.toplevel.drvPath"),
      await flake.nix("eval", "--raw", ".#nixosConfigurations.web.config.system.build.toplevel.drvPath"),
    ]);
    // What was there before is still remembered.
    await flake.git("stash", "-q");
    expect(drvPaths(await run(flake))).toEqual(drvPaths(first));
    expect(told(await run(flake))).toEqual(["nas: cached", "web: cached"]);
  });

  it("is handed out before those that are made", async () => {
    const slow = 'drv "slow" "" { x = import ./slow.nix; }';
    await using flake = await committed({ ...flakeOf({ nas: 'ok "nas"', slow }), "slow.nix": "1" });
    await run(flake, { hosts: ["nas", "slow"] });
    await flake.write({ "slow.nix": "2" });
    const results = await run(flake, { hosts: ["slow", "nas"] });
    expect([...results.keys()]).toEqual(["nas", "slow"]);
  });

  it.each(["preload", "strace"] as const)("is known by %s", async (kind) => {
    await using flake = await committed(fleet);
    const pool = { recorder: kind === "strace" ? ({ kind, program: "strace" } as const) : prebuilt() };
    await run(flake, { pool });
    await flake.write({ "README.md": "Changed.", "hosts/web.nix": '"other"' });
    expect(told(await run(flake, { pool }))).toEqual(["nas: cached", "web: hosts/web.nix changed"]);
  });

  it("is not known where nobody sees what it reads, unless the whole source is the same", async () => {
    await using flake = await committed(fleet);
    // An empty library is one that records nothing.
    const pool = { recorder: { kind: "preload", library: "/nowhere/recorder.so" } } as const;
    const first = await run(flake, { pool });
    expect(told(await run(flake, { pool }))).toEqual(["nas: cached", "web: cached"]);
    expect((await run(flake, { pool })).get("nas")).toMatchObject({ verified: true, drvPath: drvPaths(first)[0] });
    await flake.git("commit", "-q", "--allow-empty", "-m", "nothing");
    expect(told(await run(flake, { pool }))).toEqual(["nas: cached", "web: cached"]);
    await flake.write({ "README.md": "Changed." });
    expect(told(await run(flake, { pool }))).toEqual([`nas: ${unseen}`, `web: ${unseen}`]);
  });

  it("of a flake in a subdirectory is known too, with nix's own derivation", async () => {
    await using flake = await testFlake({});
    const input = `path:${flake.root}/leaf`;
    await flake.write({
      "../leaf/flake.nix": '{ outputs = _: { value = "NONCE"; }; }',
      "shared.nix": '"shared"',
      "notes.txt": "",
      "fleets/home/flake.nix": `{ inputs.leaf.url = "${input}"; outputs = { self, leaf }: { nixosConfigurations.nas.config.system.build.toplevel =
        derivation { name = "nas"; system = "x86_64-linux"; builder = "/bin/sh"; x = import ../../shared.nix;
          y = import ./own.nix; leaf = leaf.value; rev = self.rev or "dirty"; names = builtins.toJSON (builtins.attrNames self);
          info = builtins.attrNames self.sourceInfo; }; }; }`,
      "fleets/home/own.nix": '"own"',
    });
    await flake.git("init", "-q");
    await flake.git("add", "-A");
    const options = { ref: "./fleets/home", hosts: ["nas"] };
    await lockFlake(options.ref, flake.context);
    await flake.git("add", "-A");
    await flake.git("commit", "-qm", "first");
    const native = (): Promise<string> =>
      flake.nix("eval", "--raw", "./fleets/home#nixosConfigurations.nas.config.system.build.toplevel.drvPath");
    expect(drvPaths(await run(flake, options))).toEqual([await native()]);
    expect(told(await run(flake, options))).toEqual(["nas: cached"]);
    await flake.write({ "shared.nix": '"other"', "notes.txt": "x" });
    const edited = await run(flake, options);
    expect(drvPaths(edited)).toEqual([await native()]);
    await flake.write({ "notes.txt": "y" });
    expect(told(await run(flake, options))).toEqual(["nas: cached"]);
    await flake.write({ "fleets/home/own.nix": '"other"' });
    expect(told(await run(flake, options))).toEqual(["nas: fleets/home/own.nix changed"]);
  });

  it("of a directory without git gives nix's own derivation, facts and all", async () => {
    await using flake = await testFlake({
      ...flakeOf({
        nas: 'drv "nas" "" { facts = builtins.toJSON (removeAttrs self.sourceInfo [ "outPath" ]); value = import ./nas.nix; names = builtins.attrNames self; }',
      }),
      "nas.nix": '"NONCE"',
    });
    const options = { ref: "path:.", hosts: ["nas"] };
    const results = await run(flake, options);
    const own = await flake.nix("eval", "--raw", "path:.#nixosConfigurations.nas.config.system.build.toplevel.drvPath");
    expect(drvPaths(results)).toEqual([own]);
    expect(told(await run(flake, options))).toEqual(["nas: cached"]);
  });

  it("follows the inputs that a host asks for", async () => {
    await using flake = await testFlake({});
    const input = (name: string): string => `${name}.url = "git+file://${flake.root}/${name}"`;
    const leaf = (value: string): string => `{ outputs = _: { value = "${value} NONCE"; }; }`;
    await flake.write({ "../a/flake.nix": leaf("a"), "../b/flake.nix": leaf("b") });
    const host = (name: string): string =>
      `nixosConfigurations.${name}.config.system.build.toplevel = derivation { name = "${name}"; system = "x86_64-linux"; builder = "/bin/sh"; x = ${name}.value; };`;
    await flake.write({
      "flake.nix": `{ inputs.${input("a")}; inputs.${input("b")}; outputs = { self, a, b }: { ${host("a")} ${host("b")} }; }`,
    });
    const save = async (directory: string, message: string): Promise<void> => {
      await flake.git("-C", directory, "init", "-q");
      await flake.git("-C", directory, "add", "-A");
      await flake.git("-C", directory, "commit", "-qm", message);
    };
    for (const directory of ["../a", "../b", "."]) await save(directory, "first");
    await lockFlake(".", flake.context);
    await save(".", "lock");
    const hosts = ["a", "b"];
    await run(flake, { hosts });
    await flake.write({ "../b/flake.nix": leaf("other") });
    await save("../b", "second");
    await flake.nix("flake", "update", "b").catch(() => flake.nix("flake", "lock", "--update-input", "b"));
    expect(told(await run(flake, { hosts }))).toEqual(["a: cached", "b: the input b changed"]);
  });

  it("depends on what an input that follows the flake asks of it, and on nothing else", async () => {
    await using flake = await testFlake({});
    const stub = `{ inputs.root.url = "git+file://${flake.root}/leaf"; outputs = { self, root }: { inherit root; own = "NONCE"; }; }`;
    await flake.write({ "../leaf/flake.nix": "{ outputs = _: { }; }", "../stub/sub/flake.nix": stub });
    const hosts = {
      count: 'if inputs.stub.root.revCount or 0 > 1 then "many" else "few"',
      file: 'builtins.readFile "${inputs.stub.root.outPath}/data"',
      has: "if inputs.stub.root ? rev then 1 else 2",
      own: "inputs.stub.own",
      whole: "toString (inputs.me.lastModified or 0)",
    };
    const all = Object.entries(hosts).map(
      ([name, value]) =>
        `nixosConfigurations.${name}.config.system.build.toplevel = derivation { name = "${name}"; system = "x86_64-linux"; builder = "/bin/sh"; x = ${value}; };`,
    );
    await flake.write({
      "flake.nix": `{ inputs.stub = { url = "git+file://${flake.root}/stub?dir=sub"; inputs.root.follows = ""; }; inputs.me.follows = "";
        outputs = { self, ... }@inputs: { ${all.join("\n")} }; }`,
      data: "NONCE",
      "README.md": "",
    });
    const save = async (directory: string, message: string): Promise<void> => {
      await flake.git("-C", directory, "init", "-q");
      await flake.git("-C", directory, "add", "-A");
      await flake.git("-C", directory, "commit", "-qm", message);
    };
    for (const directory of ["../leaf", "../stub", "."]) await save(directory, "first");
    await lockFlake(".", flake.context);
    await save(".", "second");
    const names = Object.keys(hosts);
    const natives = async (): Promise<readonly string[]> =>
      await Promise.all(
        names.map((name) =>
          flake.nix("eval", "--raw", `.#nixosConfigurations.${name}.config.system.build.toplevel.drvPath`),
        ),
      );
    expect(drvPaths(await run(flake, { hosts: names, verify: true }))).toEqual(await natives());
    await flake.write({ "README.md": "1" });
    const edited = await run(flake, { hosts: names });
    expect(drvPaths(edited)).toEqual(await natives());
    // Each of them but `own` looked at `self`. What `file` and `whole` found is proven to be the same in a dirty tree.
    expect(told(edited).filter((line) => line.endsWith("cached"))).toEqual([
      "file: cached",
      "own: cached",
      "whole: cached",
    ]);
    await flake.git("commit", "-qam", "third");
    const committed = await run(flake, { hosts: names });
    expect(drvPaths(committed)).toEqual(await natives());
    expect(told(committed)).not.toContain("count: cached");
    expect(told(committed)).toContain("has: cached");
  });

  it("says again what it said", async () => {
    await using flake = await committed(
      flakeOf({ nas: 'builtins.trace "evaluation warning: old option" (builtins.trace "hello" (ok "nas"))' }),
    );
    for (const cached of [false, true]) {
      const { events, emit } = recorder();
      const results = await run(flake, { hosts: ["nas"], pool: { emit } });
      expect(results.get("nas")).toMatchObject({ cached });
      const stage = { host: "nas", stage: "evaluate" };
      const lines = events.filter((event) => event.kind === "log" && event.line.startsWith("trace: "));
      expect(lines).toEqual([
        { kind: "log", ...stage, level: "warn", line: "trace: evaluation warning: old option" },
        { kind: "log", ...stage, level: "info", line: "trace: hello" },
      ]);
      expect(events).toContainEqual({ kind: "stage-started", ...stage, ...(cached ? { note: "cached" } : {}) });
      expect(events.at(-1)).toMatchObject({ kind: "stage-finished", ...stage, outcome: "ok" });
    }
  });
});

describe("an answer is not remembered", () => {
  it("where the caller wants none of it", async () => {
    await using flake = await committed(fleet);
    await run(flake, { cache: "off" });
    expect(recordFiles(flake)).toEqual([]);
    await run(flake);
    expect(told(await run(flake, { cache: "off" }))).toEqual(["nas: asked for", "web: asked for"]);
    expect(told(await run(flake, { cache: "refresh" }))).toEqual(["nas: asked for", "web: asked for"]);
    expect(told(await run(flake))).toEqual(["nas: cached", "web: cached"]);
  });

  it.each<[string, Partial<NixContext>]>([
    ["--impure", { extraArgs: ["--impure"] }],
    ["the option pure-eval", { options: [["pure-eval", "false"]] }],
  ])("of an evaluation that may look outside by %s", async (_, more) => {
    await using flake = await committed(flakeOf({ nas: 'drv "nas" "" { now = toString builtins.currentTime; }' }));
    const context = { ...flake.context, ...more };
    await run(flake, { context, hosts: ["nas"] });
    expect(recordFiles(flake)).toEqual([]);
    expect(told(await run(flake, { context, hosts: ["nas"] }))).toEqual(["nas: not evaluated before"]);
  });

  it("where there is no home", async () => {
    await using flake = await committed(fleet);
    const { HOME: _, ...env } = flake.context.env;
    const context = { ...flake.context, env };
    expect(evaluationCacheDirectory(env)).toBeUndefined();
    for (let each = 0; each < 2; each++)
      expect(told(await run(flake, { context }))).toEqual(["nas: asked for", "web: asked for"]);
  });

  it("of a failure", async () => {
    await using flake = await committed(flakeOf({ nas: 'throw "no disk"' }));
    for (let each = 0; each < 2; each++) expect(told(await run(flake, { hosts: ["nas"] }))).toEqual(["nas: no disk"]);
  });
});

describe("a remembered answer", () => {
  it("does not count when its derivation was collected", async () => {
    await using flake = await committed(fleet);
    const first = await run(flake);
    const [nas = ""] = drvPaths(first);
    await flake.nix("store", "delete", "--derivation", nas);
    const again = await run(flake);
    expect(told(again)).toEqual(["nas: its derivation was collected as garbage", "web: cached"]);
    expect(drvPaths(again)).toEqual(drvPaths(first));
  });

  it("whose derivation is collected before it is built is a failed build that says so", async () => {
    await using flake = await committed(fleet);
    const nas = (await run(flake)).get("nas");
    if (nas?.status !== "ok") throw new Error("does not evaluate");
    await flake.nix("store", "delete", "--derivation", nas.drvPath);
    await using pool = new NixPool({ context: flake.context });
    const [build] = await pool.build([nas]);
    expect(build).toMatchObject({ status: "failed", error: { host: "nas", code: "FLURRY_BUILD_FAILED" } });
  });

  it("that is damaged, of another version or unreadable is a warning and an evaluation", async () => {
    await using flake = await committed(fleet);
    const spoil: Readonly<Record<string, (file: string) => void>> = {
      "is damaged": (file) => writeFileSync(file, readFileSync(file).subarray(0, 100)),
      "of another version": (file) =>
        writeFileSync(file, readFileSync(file, "utf8").replace("evaluation 1", "evaluation 7")),
      "cannot be read": (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    };
    for (const [warning, damage] of Object.entries(spoil)) {
      await run(flake, { cache: "refresh" });
      for (const file of recordFiles(flake)) damage(file);
      const { events, emit } = recorder();
      expect(told(await run(flake, { pool: { emit } }))).toEqual([
        "nas: not evaluated before",
        "web: not evaluated before",
      ]);
      expect(events).toContainEqual({
        kind: "log",
        stage: "evaluate",
        level: "warn",
        line: expect.stringContaining(warning),
      });
      rmSync(cacheOf(flake), { recursive: true });
    }
  });

  it("needs a place, and without one hosts are evaluated all the same", async () => {
    await using flake = await committed(fleet);
    mkdirSync(join(flake.root, "home/.cache"));
    writeFileSync(join(flake.root, "home/.cache/flurry"), "a file in the place of a directory");
    const { events, emit } = recorder();
    const results = await run(flake, { pool: { emit } });
    expect([...results.values()].map(({ status }) => status)).toEqual(["ok", "ok"]);
    expect(events).toContainEqual(
      expect.objectContaining({ kind: "log", level: "warn", line: expect.stringContaining("cannot be remembered") }),
    );
  });

  it("is the same for runs beside each other", async () => {
    await using flake = await committed(fleet);
    const all = await Promise.all([run(flake), run(flake), run(flake)]);
    expect(new Set(all.map((results) => drvPaths(results).join())).size).toBe(1);
    expect(told(await run(flake))).toEqual(["nas: cached", "web: cached"]);
    expect(recordFiles(flake)).toHaveLength(2);
  });

  it("counts for other settings of nix only where they do not matter", async () => {
    await using flake = await committed(fleet);
    await run(flake);
    const cores = { ...flake.context, options: [["cores", "1"]] as const };
    expect(told(await run(flake, { context: cores }))).toEqual(["nas: cached", "web: cached"]);
    const other = { ...flake.context, options: [["allow-import-from-derivation", "false"]] as const };
    expect(told(await run(flake, { context: other }))).toEqual([
      "nas: not evaluated before",
      "web: not evaluated before",
    ]);
  });
});

describe("verify", () => {
  const part = 'drv "part" "" { value = builtins.substring 11 8 (toString ./.); }';
  const overlay = 'drv "overlay" "" { value = self.overlay; }';
  const files = {
    ...flakeOf({ nas: 'drv "nas" "" { value = import ./nas.nix; }', part, overlay }, 'overlay = "overlay";'),
    "nas.nix": '"NONCE"',
    "README.md": "",
  };
  const hosts = ["nas", "overlay", "part"];

  it("proves what is remembered, and finds what leaves no trace", async () => {
    await using flake = await committed(files);
    await run(flake, { hosts });
    await flake.write({ "README.md": "1" });
    // The one way that is not seen: a piece of the path of the source.
    const stale = (await run(flake, { hosts: ["part"] })).get("part");
    expect(stale).toMatchObject({ cached: true, verified: false });

    const { events, emit } = recorder();
    const proven = await run(flake, { hosts, verify: true, pool: { emit } });
    expect(told(proven)).toEqual(["nas: cached", "overlay: the tree became clean or dirty", "part: its proof failed"]);
    for (const result of proven.values()) expect(result).toMatchObject({ status: "ok", verified: true });
    const native = await flake.nix("eval", "--raw", ".#nixosConfigurations.part.config.system.build.toplevel.drvPath");
    expect(proven.get("part")).toMatchObject({ drvPath: native });
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: "log",
        host: "part",
        level: "warn",
        line: expect.stringContaining("could not be proven"),
      }),
    );

    await flake.write({ "README.md": "2" });
    const after = await run(flake, { hosts });
    expect(told(after)).toEqual([
      "nas: cached",
      "overlay: cached",
      "part: the source changed, all of which counts: a proof failed earlier",
    ]);
    for (const result of after.values()) expect(result).toMatchObject({ verified: true });
    // The proof covers the tree once it is committed, which `self ?` could ask for without a trace.
    await flake.git("commit", "-qam", "second");
    expect((await run(flake, { hosts })).get("overlay")).toMatchObject({ cached: true, verified: true });
  });

  it("takes an evaluation that imports from derivations out of doubt", async () => {
    const value = 'import (drv "ifd" "read line < $text; echo \\"$line\\" > $out" { text = ./value.nix; })';
    await using flake = await committed({
      ...flakeOf({ nas: `drv "nas" "" { value = ${value}; }` }),
      "value.nix": '"NONCE"\n',
      a: "",
    });
    const options = { hosts: ["nas"] };
    await run(flake, options);
    await flake.write({ a: "1" });
    expect(told(await run(flake, options))).toEqual([
      "nas: the source changed, all of which counts: it imports from derivations",
    ]);
    expect((await run(flake, { ...options, verify: true })).get("nas")).toMatchObject({ cached: true, verified: true });
    await flake.write({ a: "2" });
    expect(told(await run(flake, options))).toEqual(["nas: cached"]);
    await flake.write({ "value.nix": '"other"\n' });
    expect(told(await run(flake, options))).toEqual(["nas: value.nix changed"]);
  });
});

describe("a proof", () => {
  it("is none where all of the source is looked at", async () => {
    const names = "builtins.attrNames (builtins.readDir ./.)";
    const files = flakeOf({
      nas: `drv "nas" "" { value = map (name: builtins.readFile (./. + "/\${name}")) (${names}); }`,
    });
    await using flake = await committed({ ...files, data: "NONCE" });
    const { events, emit } = recorder();
    await run(flake, { hosts: ["nas"], verify: true, pool: { emit } });
    expect(events).toContainEqual(
      expect.objectContaining({ kind: "log", level: "warn", line: expect.stringContaining("cannot be proven") }),
    );
    const again = await run(flake, { hosts: ["nas"], verify: true });
    expect(again.get("nas")).toMatchObject({ cached: true, verified: false });
  });

  it("is made in another place than that of the source", async () => {
    // It looks at all there is, and at a piece of the path that no read shows.
    const value = "builtins.readFile ./data + builtins.substring 11 8 (toString ./.)";
    await using flake = await committed({ ...flakeOf({ nas: `drv "nas" "" { value = ${value}; }` }), data: "NONCE" });
    await run(flake, { hosts: ["nas"] });
    const proven = await run(flake, { hosts: ["nas"], verify: true });
    expect(told(proven)).toEqual(["nas: its proof failed"]);
  });
});

describe("an evaluation that runs out of memory", () => {
  const hungry =
    'drv "hungry" "" { x = toString (builtins.length (builtins.genList (x: [ x x x x x x x x ]) 4000000)); y = toString (builtins.foldl\' (a: b: a + builtins.elemAt b 3) 0 (builtins.genList (x: [ x x x x x x x x ]) 4000000)); }';

  it("is tried once more, alone, and the others go on", async () => {
    await using flake = await committed(flakeOf({ hungry, nas: 'ok "nas"', web: 'ok "web"' }));
    const { events, emit } = recorder();
    const hosts = ["hungry", "nas", "web"];
    const limit = 512 * 1024 * 1024;
    const results = await run(flake, { hosts, memoryLimitBytes: limit, pool: { emit, concurrency: 2 } });
    for (const host of hosts) expect(results.get(host)).toMatchObject({ status: "ok", cached: false });
    expect(events).toContainEqual({
      kind: "log",
      host: "hungry",
      stage: "evaluate",
      level: "warn",
      line: "ran out of memory and is evaluated again, alone",
    });
    const stages = events.filter((event) => event.kind === "stage-started" && event.host === "hungry");
    expect(stages).toHaveLength(1);
  });
});

describe("affectedHosts", () => {
  it("names the hosts whose derivation changes, and evaluates only what it must", async () => {
    await using flake = await committed(fleet);
    const before = await lockFlake(`git+file://${flake.directory}?rev=${await revision(flake)}`, flake.context);
    await run(flake);
    await flake.write({ "hosts/nas.nix": '"other"', "hosts/web.nix": '"web NONCE" # a remark' });
    const { events, emit } = recorder();
    await using pool = new NixPool({ context: flake.context, emit });
    const flakes = { before, after: await lockFlake(".", flake.context) };
    const changes = await affectedHosts(pool, flakes, requests("nas", "web"));
    expect(changes).toMatchObject([
      { host: "nas", status: "changed", reasons: [{ kind: "file", path: "hosts/nas.nix" }] },
      { host: "web", status: "unchanged" },
    ]);
    const evaluated = events.filter((event) => event.kind === "stage-started" && event.note === undefined);
    expect(evaluated).toHaveLength(2);
    await flake.write({ "hosts/web.nix": 'throw "no"' });
    const broken = { before, after: await lockFlake(".", flake.context) };
    expect(await affectedHosts(pool, broken, requests("web", "nas"))).toMatchObject([
      { host: "web", status: "failed", error: { message: "no" } },
      { host: "nas", status: "changed" },
    ]);
  });
});

async function revision(flake: TestFlake): Promise<string> {
  return (await lockFlake(".", flake.context)).revision ?? "";
}

function cacheOf(flake: TestFlake): string {
  const directory = evaluationCacheDirectory(flake.context.env);
  if (directory === undefined) throw new Error("no cache");
  return directory;
}

function recordFiles(flake: TestFlake): readonly string[] {
  const records = join(cacheOf(flake), "records");
  try {
    return readdirSync(records).flatMap((name) =>
      readdirSync(join(records, name)).map((file) => join(records, name, file)),
    );
  } catch {
    return [];
  }
}

/** The library that is shipped for this machine. */
function prebuilt() {
  const library = new URL(`../recorder/prebuilt/${process.platform}-${process.arch}.so`, import.meta.url).pathname;
  return { kind: "preload", library } as const;
}
