import { access, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";

import { runProcess } from "@flurry/core";

import { LabError } from "./lab-error.ts";
import type { LabShell } from "./lab-shell.ts";

/** Store paths in the cache beyond which it is begun anew: filling a lab takes about a second then. */
const maxCachedPaths = 3000;

/** Where built closures are kept between labs: `<XDG_CACHE_HOME>/flurry-lab/store`, a Nix store root of its own. */
export function defaultCacheDirectory(env: NodeJS.ProcessEnv): string {
  const base = env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? "/root", ".cache");
  return join(base, "flurry-lab", "store");
}

// Store objects never change, so that hard links are safe; the database does, and is copied. Readers share the lock
// with each other but not with a writer: SQLite's files are copied only while nobody has them open.
const seedScript = `
set -eu
cache=$1 lab=$2
mkdir -p "$lab/nix/store" "$lab/nix/var/nix"
[ -e "$cache/nix/var/nix/db/db.sqlite" ] || exit 0
exec 9> "$cache/lock"
flock --shared 9
cp -a "$cache/nix/var/." "$lab/nix/var/"
cp -al "$cache/nix/store/." "$lab/nix/store/" 2> /dev/null || cp -a "$cache/nix/store/." "$lab/nix/store/"
`;

/** Fills a lab's own store with what the cache holds. */
export async function seedStore(cacheDirectory: string, labDirectory: string, signal?: AbortSignal): Promise<void> {
  await mkdir(cacheDirectory, { recursive: true });
  const seeded = await runProcess("sh", ["-c", seedScript, "sh", cacheDirectory, labDirectory], {
    timeoutMs: 120_000,
    ...(signal === undefined ? {} : { signal }),
  });
  if (seeded.exitCode !== 0)
    throw new LabError("LAB_START_FAILED", `the lab's store could not be filled from ${cacheDirectory}`, {
      details: seeded.stderr,
      hint: `The cache may be removed at any time: rm -rf ${cacheDirectory}`,
    });
}

// A cache that has grown out of hand is begun anew: labs that were filled from it have links of their own.
const keepScript = `
set -eu
cache=$1
shift
exec 9> "$cache/lock"
flock 9
if [ -d "$cache/nix/store" ] && [ "$(ls "$cache/nix/store" | wc -l)" -gt ${maxCachedPaths} ]; then
  find "$cache/nix" -type d -exec chmod u+w {} +
  rm -rf "$cache/nix/var" # first: without its database the rest counts for nothing
  rm -rf "$cache/nix"
fi
exec nix copy --no-check-sigs --to "local?root=$cache" "$@"`;

/** Keeps closures of a lab's own store in the cache, so that the next lab need not build them. */
export async function keepInCache(
  shell: LabShell,
  cacheDirectory: string,
  paths: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const missing: string[] = [];
  for (const path of paths) {
    const there = await access(join(cacheDirectory, "nix/store", basename(path))).then(
      () => true,
      () => false,
    );
    if (!there) missing.push(path);
  }
  if (missing.length === 0) return;
  await shell.check(["sh", "-c", keepScript, "sh", cacheDirectory, ...missing], { env, timeoutMs: 300_000 });
}
