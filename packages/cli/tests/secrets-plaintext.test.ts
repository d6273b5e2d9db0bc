import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { runProcess, tempDir } from "@flurry/core";
import type { ProcessResult, TempDir } from "@flurry/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";

import { hasTool, secretsPlace } from "./support/secrets-place.ts";
import type { RunMore, SecretsPlace } from "./support/secrets-place.ts";
import { logSections, sightings, straceArgs, writtenPaths } from "./support/system-calls.ts";
import type { Sighting } from "./support/system-calls.ts";

/** Nobody else has this text; wherever it is seen, it comes from the secret. */
const marker = "PLAINTEXTMARKER8f3c1e";
const file = "team/app.yaml";
const runListed = fileURLToPath(new URL("support/run-listed.mjs", import.meta.url));

async function place(): Promise<SecretsPlace> {
  const made = await secretsPlace();
  await mkdir(join(made.path, "team"));
  await made.put(file, `password: ${marker}\nother: x\n`);
  await made.ok(["encrypt", "--in-place", file]);
  return made;
}

/** A place with three sides of a merge, one of which holds the secret. */
async function mergePlace(): Promise<SecretsPlace> {
  const made = await place();
  for (const [name, other] of [
    ["base", "x"],
    ["ours", "y"],
    ["theirs", "x"],
  ] as const) {
    await made.put("clear.yaml", `password: x\nother: ${other}\nmore: 1\n# ${name}\n`);
    await made.ok(["encrypt", "clear.yaml", "--output", `team/${name}.yaml`, "--age", made.recipient]);
  }
  await made.ok(["set", "team/theirs.yaml", "password"], { stdin: marker });
  return made;
}

/** The same of age files, as the policy knows them. */
async function ageMergePlace(): Promise<SecretsPlace> {
  const made = await place();
  await made.put("secrets.nix", `{ "env.age".publicKeys = [ "${made.recipient}" ]; }\n`);
  for (const [name, text] of [
    ["base", "a: x\n\nb: x\n"],
    ["ours", "a: y\n\nb: x\n"],
    ["theirs", `a: x\n\nb: ${marker}\n`],
  ] as const)
    await made.ok(["encrypt", "-", "--output", `${name}.age`, "--age", made.recipient], { stdin: text });
  return made;
}

const isInMemory = ({ where }: Sighting): boolean => where.startsWith("/dev/shm/flurry-secrets-");
const isPipe = ({ where }: Sighting): boolean => where === "pipe";

/** Files that hold the secret, anywhere that the command could write. */
async function leftovers(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path)).includes(marker)) found.push(path);
  }
  return found;
}

/** Commands that give the secret to pipes and to memory alone. */
const closed: readonly (readonly [string, readonly string[], RunMore?])[] = [
  ["get", ["get", file, "password"]],
  ["get of a file", ["get", file, "--json"]],
  ["decrypt", ["decrypt", file]],
  ["git-diff", ["git-diff", file]],
  ["ls", ["ls", file]],
  ["set", ["set", file, "new"], { stdin: `${marker}\n` }],
  ["set of a new file", ["set", "team/new.json", "a"], { stdin: marker }],
  ["unset", ["unset", file, "password"]],
  ["encrypt", ["encrypt", "--filename-override", file, "-"], { stdin: `a: ${marker}\n` }],
  ["edit", ["edit", file], { env: { EDITOR: "sed -i s/other/another/" } }],
  ["rotate", ["rotate", file]],
  ["audit", ["audit"]],
  ["exec-file", ["exec-file", file, "--", "sh", "-c", 'wc -l < "$0"', "{}"]],
  ["exec-file --no-fifo", ["exec-file", "--no-fifo", file, "--", "sh", "-c", 'wc -l < "$0"', "{}"]],
];
const merge = ["merge-driver", ...["base", "ours", "theirs"].map((name) => `team/${name}.yaml`), file];
const ageMerge = ["merge-driver", "base.age", "ours.age", "theirs.age", "env.age"];
const leaky = `cp "$0" leaked; exec env X=${marker} true`;
/** Commands that give it, or another secret, to one more place. */
const open: readonly (readonly [string, readonly string[], RunMore?])[] = [
  ["leaky", ["exec-file", file, "--", "sh", "-c", leaky, "{}"]],
  ["exec-env", ["exec-env", file, "--", "true"]],
  ["merge-driver", merge],
  ["merge-driver of age", ageMerge],
  ["decrypt to a file", ["decrypt", file, "--output", "clear.yaml"]],
  ["keygen", ["keygen", "--output", "key.txt"]],
];

const placesOf = new Map([
  ["merge-driver", mergePlace],
  ["merge-driver of age", ageMergePlace],
]);

interface Watched {
  readonly at: SecretsPlace;
  readonly log: string;
  readonly seen: readonly Sighting[];
  readonly exitCode: number | undefined;
}

const isRoot = process.getuid?.() === 0;

describe.runIf(hasTool("strace") && isRoot)("a secret in clear", () => {
  let dir: TempDir;
  let result: ProcessResult;
  const watched = new Map<string, Watched>();

  // All under one strace: what it sees of each is told apart by names in its log.
  beforeAll(async () => {
    dir = await tempDir("flurry-strace");
    const list = join(dir.path, "list");
    const places = [];
    for (const [name, words, { stdin = "", env = {} } = {}] of [...closed, ...open]) {
      const at = await (placesOf.get(name) ?? place)();
      places.push({ at, name, words: ["secrets", ...words], cwd: at.path, env: { ...at.env, ...env }, stdin });
    }
    await writeFile(
      list,
      JSON.stringify(places, (key, value: unknown) => (key === "at" ? undefined : value)),
    );
    const log = join(dir.path, "log");
    const command = [...straceArgs(log), "--", process.execPath, runListed, list];
    result = await runProcess("strace", command, { timeoutMs: 100_000 });
    const codes = z.record(z.string(), z.number()).parse(JSON.parse(await readFile(`${list}.ended`, "utf8")));
    const sections = logSections(await readFile(log, "latin1"));
    for (const { at, name } of places) {
      const section = sections.get(name) ?? "";
      watched.set(name, { at, log: section, seen: sightings(section, marker), exitCode: codes[name] });
    }
  });
  afterAll(async () => {
    for (const { at } of watched.values()) await at[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  });

  const of = (name: string): Watched => {
    const one = watched.get(name);
    if (one === undefined) throw new Error(`${name} was not run`);
    // Each has read its file at least.
    expect(one.log.split("\n").length).toBeGreaterThan(3);
    return one;
  };

  it.each(closed.map(([name]) => name))("%s: only in pipes and in memory", async (name) => {
    const { at, seen, exitCode } = of(name);
    expect(exitCode).toBe(0);
    expect(seen.filter((one) => !isPipe(one) && !isInMemory(one))).toEqual([]);
    expect(await leftovers(join(at.path, ".."))).toEqual([]);
  });

  it("no command says it to people", () => {
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain(marker);
    expect(result.stderr).not.toContain(marker);
  });

  it("the watcher sees what there is to see", async () => {
    const { at, seen } = of("leaky");
    expect(seen.map(({ where }) => where)).toEqual(
      expect.arrayContaining(["arguments", "environment", join(at.path, "leaked")]),
    );
    expect(await leftovers(at.path)).toEqual([join(at.path, "leaked")]);
    expect(of("get").seen.some(isPipe)).toBe(true);
    expect(of("edit").seen.some(isInMemory)).toBe(true);
  });

  it("exec-env gives it to the command's environment and to nothing else", () => {
    const { seen, exitCode } = of("exec-env");
    expect(exitCode).toBe(0);
    expect(new Set(seen.map(({ where }) => where))).toEqual(new Set(["environment"]));
  });

  it.each([...placesOf.keys()])("%s: only in memory", async (name) => {
    const { at, seen, exitCode } = of(name);
    expect(exitCode).toBe(0);
    expect(seen.some(isInMemory)).toBe(true);
    expect(seen.filter((one) => !isPipe(one) && !isInMemory(one))).toEqual([]);
    expect(await leftovers(join(at.path, ".."))).toEqual([]);
  });

  it("decrypt to a file is that file and no other, for its owner only", async () => {
    const { at, seen, exitCode } = of("decrypt to a file");
    expect(exitCode).toBe(0);
    const clear = join(at.path, "clear.yaml");
    expect(seen.every(({ where }) => where.startsWith(clear))).toBe(true);
    expect(await leftovers(join(at.path, ".."))).toEqual([clear]);
    expect((await stat(clear)).mode & 0o777).toBe(0o600);
  });

  it("keygen: a private key goes to its file only", async () => {
    const { at, log } = of("keygen");
    const secret = /AGE-SECRET-KEY-\w+/.exec((await at.read("key.txt")).toString())?.[0] ?? "none";
    expect(new Set(sightings(log, secret).map(({ where }) => where))).toEqual(new Set([join(at.path, "key.txt")]));
    expect(result.stdout + result.stderr).not.toContain(secret);
    const written = writtenPaths(log).filter((path) => !path.startsWith("/dev/") && !path.startsWith("/proc/"));
    expect(written).toEqual([join(at.path, "key.txt")]);
  });
});

describe("an error", () => {
  it.each<[string, readonly string[], RunMore]>([
    ["a value that is no JSON", ["set", file, "a", "--json-value"], { stdin: `{"x": ${marker}` }],
    ["YAML that is none", ["encrypt", "--filename-override", file, "-"], { stdin: `a: [${marker}\nb: "${marker}` }],
    ["an alias of YAML", ["encrypt", "--filename-override", file, "-"], { stdin: `a: *${marker}\n` }],
    ["a tag of YAML", ["encrypt", "--filename-override", file, "-"], { stdin: `a: !${marker} x\nb: ]${marker}\n` }],
    ["a merge of YAML", ["encrypt", "--filename-override", file, "-"], { stdin: `- ${marker}\n` }],
    [
      "JSON that is none",
      ["encrypt", "--filename-override", "team/a.json", "--age", "R", "-"],
      { stdin: `{"a": ${marker}}` },
    ],
    [
      "a JSON string",
      ["encrypt", "--filename-override", "team/a.json", "--age", "R", "-"],
      { stdin: `{"a": "${marker}\n"}` },
    ],
    [
      "dotenv that is none",
      ["encrypt", "--filename-override", "team/a.env", "--age", "R", "-"],
      { stdin: `${marker}\n` },
    ],
    [
      "INI that is none",
      ["encrypt", "--filename-override", "team/a.ini", "--age", "R", "-"],
      { stdin: `[${marker}\n${marker}\n` },
    ],
    ["an identity that is none", ["get", "-i", "bad.txt", file], { stdin: "" }],
  ])("of %s does not quote it", async (_, words, more) => {
    await using at = await place();
    await at.put("bad.txt", `AGE-SECRET-KEY-1${marker}\n`);
    const { exitCode, stdout, stderr } = await at.flurry(
      [...words.map((word) => (word === "R" ? at.recipient : word)), "--verbose", "--json"],
      more,
    );
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("error[FLURRY_");
    expect(stdout + stderr).not.toContain(marker);
  });
});
