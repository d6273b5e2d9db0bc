import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { runProcess, tempDir } from "@flurry/core";
import { findRecorder } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { forgetRecorders, knownRecorder } from "../src/evaluation/recorder-memory.ts";
import { startRecording } from "../src/evaluation/recorder.ts";
import type { Recorder } from "../src/evaluation/recorder.ts";
import { testFlake } from "./test-flake.ts";

const folder = fileURLToPath(new URL("../recorder/", import.meta.url));
const prebuilt = (name: string): string => join(folder, "prebuilt", name);

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

describe("the prebuilt recorders", () => {
  const checksums: unknown = JSON.parse(readFileSync(prebuilt("checksums.json"), "utf8"));

  it("are those of recorder.c as it is", () => {
    expect(checksums).toEqual({
      source: sha256(join(folder, "recorder.c")),
      "linux-x64": sha256(prebuilt("linux-x64.so")),
      "linux-arm64": sha256(prebuilt("linux-arm64.so")),
    });
  });

  it.each([
    ["linux-x64", 62],
    ["linux-arm64", 183],
  ])("for %s are for that machine and ask for no version of glibc", (name, machine) => {
    const file = readFileSync(prebuilt(`${name}.so`));
    expect(file.subarray(0, 5).toString("latin1")).toBe("\u007FELF\u0002");
    expect(file.readUInt16LE(18)).toBe(machine);
    expect(file.includes("GLIBC_")).toBe(false);
  });

  it("need not be built where they fit, and are built where they do not", async () => {
    await using temp = await tempDir("flurry-recorder-build");
    const copy = join(temp.path, "recorder");
    cpSync(folder, copy, { recursive: true });
    const build = () => spawnSync(process.execPath, [join(copy, "build.mjs")], { encoding: "utf8" });
    expect(build()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^the prebuilt recorder for .* is that of this source/),
    });
    rmSync(join(copy, "prebuilt", `${process.platform}-${process.arch}.so`));
    expect(build()).toMatchObject({ status: 0, stdout: "" });
    const built = join(temp.path, "dist/recorder", `${process.platform}-${process.arch}.so`);
    expect(readFileSync(built).subarray(1, 4).toString()).toBe("ELF");
  });
});

describe.each<Recorder>([
  { kind: "preload", library: prebuilt(`${process.platform}-${process.arch}.so`) },
  { kind: "strace", program: "strace" },
])("the recorder $kind", (recorder) => {
  /** What a shell script is seen to read in a directory. */
  async function reads(script: string) {
    await using temp = await tempDir("flurry-recorder-test");
    const directory = join(temp.path, "source");
    const scratch = join(temp.path, "scratch");
    mkdirSync(join(directory, "d"), { recursive: true });
    mkdirSync(scratch);
    writeFileSync(join(directory, "a"), "content");
    writeFileSync(join(directory, "d/b"), "");
    symlinkSync("a", join(directory, "link"));
    symlinkSync(directory, join(temp.path, "elsewhere"));
    const recording = await startRecording(recorder, { directory, scratch, cwd: directory, env: {} });
    const [program = "sh", ...words]: readonly string[] = [...recording.wrapper, "sh", "-c", script];
    const env = { PATH: process.env["PATH"], LC_ALL: "C", ...recording.env };
    const result = await runProcess(program, words, { cwd: directory, env });
    const seen = await recording.reads();
    return { ...result, seen: seen?.map(({ kind, path }) => `${kind} ${path}`) };
  }

  it.each([
    ["cat a", "open /a"],
    ["cat ./d/../a", "open /./d/../a"],
    ["ls d", "open /d"],
    ["cat link", "open /link"],
    ["readlink link", "lstat /link"],
    ["stat -L link", "stat /link"],
    ["stat none; true", "lstat /none"],
    ["cat none; true", "open /none"],
    ["cd d && cat ../a", "open /d/../a"],
    ["test -e none/below; true", "stat /none/below"],
    ["find d", "lstat /d"],
  ])("sees %s", async (script, expected) => {
    const { exitCode, seen } = await reads(script);
    expect(exitCode).toBe(0);
    expect(seen).toContain(expected);
  });

  it("sees what many threads and children read at a time, each whole", async () => {
    const program = `const {readFile}=require("node:fs/promises"); Promise.all(Array.from({length:400},(_, i)=>readFile("d/"+i).catch(()=>{})))`;
    const { seen } = await reads(`node -e '${program}' & node -e '${program}' & wait`);
    for (let each = 0; each < 400; each++)
      expect(seen?.filter((line) => line === `open /d/${each}`).length).toBeGreaterThanOrEqual(2);
  });

  it("changes nothing of what the program does", async () => {
    const script = 'cat a; ls -la d | wc -l; cat none; echo "code $?"; echo more > d/new; cat d/new';
    const { stdout, stderr, seen } = await reads(script);
    expect(stdout).toBe("content4\ncode 1\nmore\n");
    expect(stderr).toBe("cat: none: No such file or directory\n");
    expect(seen).toContain("open /d/new");
  });
});

describe("the preloaded library", () => {
  const library = prebuilt(`${process.platform}-${process.arch}.so`);

  it("says when it could not write", async () => {
    await using temp = await tempDir("flurry-recorder-full");
    const file = join(temp.path, "reads");
    writeFileSync(file, "ok\n");
    // A limit to the size of files fails the write as a full disk does.
    const script = `trap '' XFSZ; ulimit -f 1; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do cat ${temp.path}/none-$i-${"x".repeat(100)}; done; true`;
    const env = {
      PATH: process.env["PATH"],
      LD_PRELOAD: library,
      FLURRY_RECORD_FILE: file,
      FLURRY_RECORD_PREFIX: temp.path,
    };
    const { exitCode } = await runProcess("sh", ["-c", script], { env });
    expect(exitCode).toBe(0);
    expect(readFileSync(file, "latin1")).toMatch(/^no\n/);
  });

  it.each([
    ["no variables", {}],
    ["a file that is not there", { FLURRY_RECORD_FILE: "/nowhere/at/all", FLURRY_RECORD_PREFIX: "/etc" }],
    ["a relative directory", { FLURRY_RECORD_FILE: "/dev/null", FLURRY_RECORD_PREFIX: "etc" }],
  ])("is silent with %s", async (_, variables) => {
    const env = { PATH: process.env["PATH"], LD_PRELOAD: library, ...variables };
    expect(await runProcess("sh", ["-c", "cat /etc/hostname > /dev/null; echo done"], { env })).toMatchObject({
      exitCode: 0,
      stdout: "done\n",
      stderr: "",
    });
  });

  it("finds the directory by its real name too", async () => {
    await using temp = await tempDir("flurry-recorder-link");
    mkdirSync(join(temp.path, "real"));
    writeFileSync(join(temp.path, "real/a"), "");
    symlinkSync("real", join(temp.path, "named"));
    const file = join(temp.path, "reads");
    writeFileSync(file, "ok\n");
    const named = join(temp.path, "named");
    const env = {
      PATH: process.env["PATH"],
      LD_PRELOAD: library,
      FLURRY_RECORD_FILE: file,
      FLURRY_RECORD_PREFIX: named,
    };
    await runProcess("cat", [join(temp.path, "real/a")], { env });
    expect(readFileSync(file, "utf8")).toContain(`o${named}/a\0`);
  });
});

describe("findRecorder", () => {
  it("finds the library for this machine, and strace when that is asked for", async () => {
    await using flake = await testFlake({});
    expect(await findRecorder(flake.context)).toMatchObject({
      kind: "preload",
      library: expect.stringMatching(/\.so$/),
    });
    expect(await findRecorder(flake.context, { only: "strace" })).toEqual({ kind: "strace", program: "strace" });
    expect(await findRecorder(flake.context, { only: "none" })).toMatchObject({ kind: "none" });
  });

  it("says why there is none", async () => {
    await using flake = await testFlake({});
    // A nix that is no program of this machine's linker, without strace on PATH.
    const nix = join(flake.root, "nix");
    writeFileSync(nix, "#!/bin/sh\nunset LD_PRELOAD\ncat >/dev/null\n", { mode: 0o755 });
    const context = { ...flake.context, nix, env: { ...flake.context.env, PATH: "/nowhere" } };
    expect(await findRecorder(context)).toEqual({
      kind: "none",
      reason: "this nix cannot be preloaded (is it static?), and strace does not work",
    });
  });
});

describe("knownRecorder", () => {
  /** A program that the recorder sees as it would see nix, and that counts how often it was run. */
  async function counted() {
    const flake = await testFlake({});
    const source = join(flake.root, "nix.c");
    const nix = join(flake.root, "nix");
    const runs = join(flake.root, "runs");
    writeFileSync(runs, "");
    writeFileSync(
      source,
      `#include <fcntl.h>
      #include <unistd.h>
      int main(int count, char **words) {
        int runs = open("${runs}", O_WRONLY | O_APPEND);
        (void)!write(runs, "x", 1);
        open(words[count - 1], O_RDONLY);
        return 0;
      }`,
    );
    expect(spawnSync("cc", [source, "-o", nix], { encoding: "utf8" })).toMatchObject({ status: 0 });
    const context = { ...flake.context, nix };
    const times = (): number => readFileSync(runs, "utf8").length;
    return { context, nix, times, [Symbol.asyncDispose]: () => flake[Symbol.asyncDispose]() };
  }

  it("tries a recorder with a nix once", async () => {
    await using used = await counted();
    const found = await knownRecorder(used.context);
    expect(found).toMatchObject({ kind: "preload" });
    expect(await knownRecorder({ ...used.context })).toEqual(found);
    expect(used.times()).toBe(1);
  });

  it("tries it again with another nix, and when it was forgotten", async () => {
    await using used = await counted();
    await knownRecorder(used.context);
    utimesSync(used.nix, 1, 1);
    await knownRecorder(used.context);
    expect(used.times()).toBe(2);
    await forgetRecorders(used.context.env);
    await knownRecorder(used.context);
    expect(used.times()).toBe(3);
  });

  it("remembers nothing of a script, which may run another nix tomorrow, nor without a home", async () => {
    await using used = await counted();
    const script = `${used.nix}-script`;
    writeFileSync(script, `#!/bin/sh\nexec ${used.nix} "$@"\n`, { mode: 0o755 });
    await knownRecorder({ ...used.context, nix: script });
    await knownRecorder({ ...used.context, nix: script });
    expect(used.times()).toBe(2);
    const { HOME: _, ...env } = used.context.env;
    await knownRecorder({ ...used.context, env });
    await knownRecorder({ ...used.context, env });
    expect(used.times()).toBe(4);
  });
});
