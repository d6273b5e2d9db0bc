import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";

import { FlurryError } from "@flurry/core";

import { isMissing } from "./file-changes.ts";
import type { FileChange } from "./file-changes.ts";

/** The text of a file of a repository by its path with `/`, or undefined when there is none. */
export type ReadRepositoryFile = (path: string) => string | undefined;

/**
 * Reads the files of a repository as they will be once some changes are made.
 *
 * @param changes - that are not written yet
 */
export function repositoryFiles(directory: string, changes: readonly FileChange[] = []): ReadRepositoryFile {
  const planned = new Map(changes.map((change) => [change.path, change]));
  return (path) => {
    const change = planned.get(path);
    if (change !== undefined) return change.kind === "write" ? textOf(change.content) : undefined;
    try {
      return readFileSync(join(directory, path), "utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw new FlurryError("FLURRY_READ_FAILED", `${path} cannot be read`, { cause: error, place: { file: path } });
    }
  };
}

function textOf(content: string | Uint8Array): string {
  return typeof content === "string" ? content : Buffer.from(content).toString("utf8");
}

const leftOut = new Set([".git", ".flurry", "node_modules", ".turbo"]);

/** The paths of all files below a directory of a repository, with `/`; empty when there is no such directory. */
export function filesBelow(directory: string, start: string): readonly string[] {
  try {
    return readdirSync(join(directory, start), { withFileTypes: true })
      .filter(({ name }) => !leftOut.has(name))
      .flatMap((entry) => {
        const path = posix.join(start, entry.name);
        return entry.isDirectory() ? filesBelow(directory, path) : [path];
      });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The path of a file as the repository names it, or undefined for one outside. */
export function pathInRepository(directory: string, path: string): string | undefined {
  const inside = relative(directory, path).split(sep).join("/");
  return inside === "" || inside === ".." || inside.startsWith("../") ? undefined : inside;
}
