import { mkdir, readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { bin, hasTool, secretsPlace } from "./support/secrets-place.ts";
import type { RunMore, SecretsPlace } from "./support/secrets-place.ts";
import { sightings, straceArgs, writtenPaths } from "./support/system-calls.ts";
import type { Sighting } from "./support/system-calls.ts";

/** Nobody else has this text; wherever it is seen, it comes from the secret. */
const marker = "PLAINTEXTMARKER8f3c1e";
const file = "team/app.yaml";

interface Watched {
  readonly seen: readonly Sighting[];
  readonly written: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

/** Runs a command under strace and tells where the secret was seen. */
async function watch(place: SecretsPlace, words: readonly string[], more: RunMore = {}): Promise<Watched> {
  const log = join(place.path, "..", "strace.log");
  const command = [process.execPath, bin, "secrets", ...words];
  const { stdout, stderr, exitCode } = await place.run("strace", [...straceArgs(log), "--", ...command], more);
  const text = await readFile(log, "latin1");
  return { seen: sightings(text, marker), written: writtenPaths(text), stdout, stderr, exitCode };
}

async function place(): Promise<SecretsPlace> {
  const made = await secretsPlace();
  await mkdir(join(made.path, "team"));
  await made.put(file, `password: ${marker}\nother: x\n`);
  await made.ok(["encrypt", "--in-place", file]);
  return made;
}

const isInMemory = ({ where }: Sighting): boolean => where.startsWith("/dev/shm/flurry-secrets-");
const isPipe = ({ where }: Sighting): boolean => where === "pipe";

/** Files that hold the secret, anywhere that the command could write. */
async function leftovers(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === "strace.log") continue;
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path)).includes(marker)) found.push(path);
  }
  return found;
}

const isRoot = process.getuid?.() === 0;

describe.runIf(hasTool("strace") && isRoot)("a secret in clear", () => {
  it.each<[string, readonly string[], RunMore]>([
    ["get", ["get", file, "password"], {}],
    ["get of a file", ["get", file, "--json"], {}],
    ["decrypt", ["decrypt", file], {}],
    ["git-diff", ["git-diff", file], {}],
    ["ls", ["ls", file], {}],
    ["set", ["set", file, "new"], { stdin: `${marker}\n` }],
    ["set of a new file", ["set", "team/new.json", "a"], { stdin: marker }],
    ["unset", ["unset", file, "password"], {}],
    ["encrypt", ["encrypt", "--filename-override", file, "-"], { stdin: `a: ${marker}\n` }],
    ["edit", ["edit", file], { env: { EDITOR: "sed -i s/other/another/" } }],
    ["rotate", ["rotate", file], {}],
    ["audit", ["audit"], {}],
    ["exec-file", ["exec-file", file, "--", "sh", "-c", 'wc -l < "$0"', "{}"], {}],
    ["exec-file --no-fifo", ["exec-file", "--no-fifo", file, "--", "sh", "-c", 'wc -l < "$0"', "{}"], {}],
  ])("%s: only in pipes and in memory", async (_, words, more) => {
    await using at = await place();
    const { seen, exitCode, stderr } = await watch(at, words, more);
    expect({ exitCode, stderr: stderr.includes(marker) }).toEqual({ exitCode: 0, stderr: false });
    expect(seen.filter((one) => !isPipe(one) && !isInMemory(one))).toEqual([]);
    expect(await leftovers(join(at.path, ".."))).toEqual([]);
  });

  it("the watcher sees what there is to see", async () => {
    await using at = await place();
    const leaky = await watch(at, [
      "exec-file",
      file,
      "--",
      "sh",
      "-c",
      `cp "$0" leaked; exec env X=${marker} true`,
      "{}",
    ]);
    expect(leaky.seen.map(({ where }) => where)).toEqual(
      expect.arrayContaining(["arguments", "environment", join(at.path, "leaked")]),
    );
    expect(await leftovers(at.path)).toEqual([join(at.path, "leaked")]);
  });

  it("exec-env gives it to the command's environment and to nothing else", async () => {
    await using at = await place();
    const { seen, exitCode } = await watch(at, ["exec-env", file, "--", "true"]);
    expect(exitCode).toBe(0);
    expect(new Set(seen.map(({ where }) => where))).toEqual(new Set(["environment"]));
  });

  it("merge-driver: only in memory", async () => {
    await using at = await place();
    for (const [name, other] of [
      ["base", "x"],
      ["ours", "y"],
      ["theirs", "x"],
    ] as const) {
      await at.put("clear.yaml", `password: x\nother: ${other}\nmore: 1\n# ${name}\n`);
      await at.ok(["encrypt", "clear.yaml", "--output", `team/${name}.yaml`, "--age", at.recipient]);
    }
    await at.ok(["set", "team/theirs.yaml", "password"], { stdin: marker });
    const words = ["merge-driver", ...["base", "ours", "theirs"].map((name) => `team/${name}.yaml`), file];
    const { seen, exitCode } = await watch(at, words);
    expect(exitCode).toBe(0);
    expect(seen.some(isInMemory)).toBe(true);
    expect(seen.filter((one) => !isPipe(one) && !isInMemory(one))).toEqual([]);
    expect(await leftovers(join(at.path, ".."))).toEqual([]);
  });

  it("decrypt to a file is that file and no other, for its owner only", async () => {
    await using at = await place();
    const { seen, exitCode } = await watch(at, ["decrypt", file, "--output", "clear.yaml"]);
    expect(exitCode).toBe(0);
    const clear = join(at.path, "clear.yaml");
    expect(seen.every(({ where }) => where.startsWith(clear))).toBe(true);
    expect(await leftovers(join(at.path, ".."))).toEqual([clear]);
    expect((await stat(clear)).mode & 0o777).toBe(0o600);
  });

  it("keygen: a private key goes to its file only", async () => {
    await using at = await place();
    const { written, stdout, stderr } = await watch(at, ["keygen", "--output", "key.txt"]);
    const secret = /AGE-SECRET-KEY-\w+/.exec((await at.read("key.txt")).toString())?.[0] ?? "none";
    const text = await readFile(join(at.path, "..", "strace.log"), "latin1");
    expect(new Set(sightings(text, secret).map(({ where }) => where))).toEqual(new Set([join(at.path, "key.txt")]));
    expect(stdout + stderr).not.toContain(secret);
    expect(written.filter((path) => !path.startsWith("/dev/") && !path.startsWith("/proc/"))).toEqual([
      join(at.path, "key.txt"),
    ]);
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
