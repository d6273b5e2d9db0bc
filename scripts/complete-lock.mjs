// Adds to package-lock.json the optional packages of other platforms that npm left out: npm run lock:complete
// npm drops what it could not fetch when the lock file was written (npm/cli#4828), and then `npm ci` refuses the file.
// An entry without a checksum is enough: npm skips it on all platforms but its own.
import { readFileSync, writeFileSync } from "node:fs";

const systems = new Set(["android", "darwin", "freebsd", "linux", "openharmony", "win32"]);
const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const present = new Set(Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, "")));

for (const { optionalDependencies = {}, ...owner } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (present.has(name)) continue;
    lock.packages[`node_modules/${name}`] = entry(name, version, owner);
    process.stdout.write(`${name} ${version}\n`);
  }
}
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);

/** "@oxlint/binding-linux-arm64-musl": the name says what the package is for. */
function entry(name, version, { dev, license }) {
  const [system, cpu, variant] = name
    .replace(/^.*\//, "")
    .replace(/^binding-/, "")
    .split("-");
  const os = system === "windows" ? "win32" : system;
  if (!systems.has(os) || cpu === undefined || !/^\d+\.\d+\.\d+$/.test(version))
    throw new Error(`what ${name} ${version} is for cannot be told from its name`);
  const libc = os !== "linux" ? {} : { libc: [variant?.startsWith("musl") ? "musl" : "glibc"] };
  const place = { cpu: [cpu === "64" ? "x64" : cpu], os: [os], ...libc };
  return { version, ...place, ...(dev ? { dev } : {}), ...(license ? { license } : {}), optional: true };
}
