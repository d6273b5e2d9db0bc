// Rekeys a repository and looks at each step that changes the disk: `node crash-at-write.mjs ROOT IDENTITY [STEP]`.
// With a step it kills itself there. Without one it prints, a line of JSON for each step, what of the folder is other than
// at the step before: what a crash there would leave.
import syncFs from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

const [root, identity, step] = process.argv.slice(2);
const { lstatSync, readFileSync, readdirSync, writeSync } = syncFs;
let count = 0;

/** Called before a change: dies there, after half of what would be written, or says what is there. */
function reached(half) {
  count += 1;
  if (step === undefined) {
    half?.();
    tell();
  } else if (count === Number(step)) {
    half?.();
    process.kill(process.pid, "SIGKILL");
  }
}

const known = new Map();

/** Prints every name with what it is, or null for what is gone, where that is other than before. */
function tell() {
  const now = new Map();
  for (const name of ["", ...readdirSync(root, { recursive: true })]) {
    const path = join(root, name);
    const stat = lstatSync(path);
    now.set(name, stat.isDirectory() ? "folder" : `${(stat.mode & 0o777).toString(8)} ${readFileSync(path, "base64")}`);
  }
  const changes = [...now].filter(([name, state]) => known.get(name) !== state);
  const gone = [...known.keys()].filter((name) => !now.has(name));
  known.clear();
  for (const [name, state] of now) known.set(name, state);
  writeSync(1, `${JSON.stringify([...gone.map((name) => [name, null]), ...changes])}\n`);
}

const handle = await fs.open(process.execPath, "r");
const prototype = Object.getPrototypeOf(handle);
await handle.close();
const { writeFile } = prototype;
prototype.writeFile = async function (data) {
  const half = data.length >> 1;
  let written = 0;
  reached(() => {
    written = syncFs.writeSync(this.fd, data.subarray(0, half));
  });
  return writeFile.call(this, data.subarray(written));
};
for (const name of ["chmod", "sync"]) {
  const original = prototype[name];
  prototype[name] = async function (...rest) {
    reached();
    return original.apply(this, rest);
  };
}
for (const name of ["rename", "rm", "mkdir", "unlink", "rmdir"]) {
  const original = fs[name];
  fs[name] = async (...rest) => {
    reached();
    return original(...rest);
  };
}
const { open } = fs;
fs.open = async (path, flags, ...rest) => {
  if (flags !== "r") reached();
  return open(path, flags, ...rest);
};

for (const name of [
  "openSync",
  "fchmodSync",
  "fchownSync",
  "renameSync",
  "rmSync",
  "mkdirSync",
  "fsync",
  "fsyncSync",
]) {
  const original = syncFs[name];
  syncFs[name] = (target, ...rest) => {
    if (name !== "openSync" || rest[0] !== "r") reached();
    return original(target, ...rest);
  };
}
const { writeFileSync } = syncFs;
syncFs.writeFileSync = (file, data, ...rest) => {
  const half = data.length >> 1;
  let written = 0;
  reached(() => {
    written = writeSync(file, data.subarray(0, half));
  });
  return writeFileSync(file, data.subarray(written), ...rest);
};
syncBuiltinESMExports();

const { loadPolicy, planRekey, rekey } = await import("@flurry/secrets");
const { policy } = await loadPolicy({ cwd: root });
const keys = { identities: [{ kind: "native", secret: identity }] };
await rekey(await planRekey(policy), keys, { now: new Date("2026-02-02T00:00:00Z"), workers: 0 });
if (step === undefined) tell();
