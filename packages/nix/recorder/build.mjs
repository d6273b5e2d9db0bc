// Compiles the recorder: node recorder/build.mjs [--prebuilt]
// Without arguments into dist/recorder/, for this machine, unless a prebuilt file of this source is there for it.
// With --prebuilt for each of the platforms that are shipped, with the checksums that a test compares.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = join(here, "recorder.c");

const compilers = { "linux-x64": "x86_64-linux-gnu-gcc", "linux-arm64": "aarch64-linux-gnu-gcc" };
const platform = `${process.platform}-${process.arch}`;

const flags = readFileSync(join(here, "compiler-flags.txt"), "utf8").trim().split(/\s+/);

/** Compiles for one platform; false when this machine has no compiler for it. */
function compile(target, output) {
  const compiler = [compilers[target], target === platform ? "cc" : undefined].find(
    (name) => name !== undefined && works(name),
  );
  if (compiler === undefined) return false;
  const directory = mkdtempSync(join(here, ".build-"));
  try {
    // The library is linked against a C library that has nothing but its name, and so with no version of any symbol: the
    // result loads with every glibc, and with musl, which knows that name too.
    const stub = join(directory, "libc.so");
    run(compiler, ["-shared", "-nostdlib", "-Wl,-soname,libc.so.6", "-x", "c", "/dev/null", "-o", stub]);
    const built = join(directory, "recorder.so");
    run(compiler, [...flags, source, stub, "-o", built]);
    mkdirSync(join(output, ".."), { recursive: true });
    renameSync(built, output);
    return true;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function works(name) {
  return spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0;
}

function run(file, words) {
  const { status, stderr } = spawnSync(file, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${file} ${words.join(" ")}\n${stderr}`);
}

function checksum(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

const prebuilt = join(here, "prebuilt");
const list = join(prebuilt, "checksums.json");

if (process.argv.includes("--prebuilt")) {
  const checksums = { source: checksum(source) };
  for (const target of Object.keys(compilers)) {
    const file = join(prebuilt, `${target}.so`);
    if (!compile(target, file))
      throw new Error(`there is no compiler for ${target}: apt install gcc-aarch64-linux-gnu`);
    checksums[target] = checksum(file);
  }
  writeFileSync(list, `${JSON.stringify(checksums, undefined, 2)}\n`);
} else {
  const output = join(here, "..", "dist", "recorder", `${platform}.so`);
  if (fits(join(prebuilt, `${platform}.so`))) {
    rmSync(output, { force: true });
    note(`the prebuilt recorder for ${platform} is that of this source`);
  } else if (process.platform !== "linux")
    note(`the recorder is for Linux; on ${platform} whole source trees are compared`);
  else if (!compile(platform, output))
    note(`no C compiler, and no prebuilt recorder for ${platform}: strace will do, or whole trees`);
}

/** True for a prebuilt file that was made from the source as it is. */
function fits(file) {
  if (!existsSync(file)) return false;
  const checksums = JSON.parse(readFileSync(list, "utf8"));
  return checksums.source === checksum(source) && checksums[platform] === checksum(file);
}

function note(text) {
  process.stdout.write(`${text}\n`);
}
