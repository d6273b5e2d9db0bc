// Rekeys a repository, and kills itself at one of the steps that change the disk: `node crash-at-write.mjs ROOT IDENTITY STEP`.
// Without a step it counts them.
import syncFs from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const [root, identity, step = "0"] = process.argv.slice(2);
let count = 0;

/** Called before a change: dies there, or after half of what is written. */
async function reached(half) {
  count += 1;
  if (count !== Number(step)) return;
  await half?.();
  process.kill(process.pid, "SIGKILL");
  // The signal may take a moment.
  await new Promise(() => {});
}

const handle = await fs.open(process.execPath, "r");
const prototype = Object.getPrototypeOf(handle);
await handle.close();
const { writeFile } = prototype;
prototype.writeFile = async function (data, ...rest) {
  await reached(() => writeFile.call(this, data.subarray(0, data.length / 2)));
  return writeFile.call(this, data, ...rest);
};
for (const name of ["chmod", "sync"]) {
  const original = prototype[name];
  prototype[name] = async function (...rest) {
    await reached();
    return original.apply(this, rest);
  };
}
for (const name of ["rename", "rm", "mkdir", "unlink", "rmdir"]) {
  const original = fs[name];
  fs[name] = async (...rest) => {
    await reached();
    return original(...rest);
  };
}
const { open } = fs;
fs.open = async (path, flags, ...rest) => {
  if (flags !== "r") await reached();
  return open(path, flags, ...rest);
};

/** {@link reached} before a call that does not wait: the signal comes before it returns. */
function reachedAtOnce(half) {
  count += 1;
  if (count !== Number(step)) return;
  half?.();
  process.kill(process.pid, "SIGKILL");
}

for (const name of [
  "openSync",
  "writeFileSync",
  "fchmodSync",
  "fchownSync",
  "renameSync",
  "rmSync",
  "mkdirSync",
  "fsync",
]) {
  const original = syncFs[name];
  syncFs[name] = (target, ...rest) => {
    if (name === "writeFileSync")
      reachedAtOnce(() => original(target, rest[0].subarray(0, rest[0].length / 2), ...rest.slice(1)));
    else if (name !== "openSync" || rest[0] !== "r") reachedAtOnce();
    return original(target, ...rest);
  };
}
syncBuiltinESMExports();

const { loadPolicy, planRekey, rekey } = await import("@flurry/secrets");
const { policy } = await loadPolicy({ cwd: root });
const keys = { identities: [{ kind: "native", secret: identity }] };
await rekey(await planRekey(policy), keys, { now: new Date("2026-02-02T00:00:00Z"), workers: 0 });
process.stdout.write(String(count));
