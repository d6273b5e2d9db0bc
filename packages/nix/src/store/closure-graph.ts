import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import type { NixContext } from "../process/nix-context.ts";
import { closureInfo } from "./path-info.ts";
import type { PathInfo, PathInfoOptions } from "./path-info.ts";

/** The closures of several paths, which mostly have the same paths in them. */
export interface ClosureGraph {
  /**
   * One path and all that it refers to, each once, sorted by path.
   *
   * @throws FlurryError FLURRY_STORE_PATH_INVALID for a path that the graph was not made for
   */
  closureOf(path: StorePath): readonly PathInfo[];
}

/**
 * Reads the closures of all paths in one question to the store, however many there are.
 *
 * @throws FlurryError as {@link closureInfo} does
 */
export async function readClosures(
  paths: readonly StorePath[],
  context: NixContext,
  options: PathInfoOptions = {},
): Promise<ClosureGraph> {
  return closureGraph(await closureInfo([...new Set(paths)], context, options));
}

/** The graph of paths of which all references are known. */
export function closureGraph(infos: readonly PathInfo[]): ClosureGraph {
  const byPath = new Map(infos.map((info) => [info.path, info]));
  return { closureOf: (path) => reachable(path, byPath) };
}

function reachable(path: StorePath, byPath: ReadonlyMap<StorePath, PathInfo>): readonly PathInfo[] {
  const start = byPath.get(path);
  if (start === undefined) throw new FlurryError("FLURRY_STORE_PATH_INVALID", `the closure of ${path} was not read`);
  const found = new Set([start]);
  // A set hands out what is added while it is walked.
  for (const { references } of found) {
    for (const reference of references) {
      const info = byPath.get(reference);
      if (info !== undefined) found.add(info);
    }
  }
  return [...found].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
