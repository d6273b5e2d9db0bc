import { lstat } from "node:fs/promises";

import type { StorePath } from "@flurry/core";

/**
 * Those of the paths that lie on this machine's disk. Of a store in its usual place the others are not valid: that is
 * seen sooner than nix is asked, which some versions answer only with an error for all.
 */
export async function pathsOnDisk(paths: readonly StorePath[]): Promise<ReadonlySet<StorePath>> {
  const found = await Promise.all(
    paths.map((path) =>
      lstat(path).then(
        () => [path],
        () => [],
      ),
    ),
  );
  return new Set(found.flat());
}
