import { lstatSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError, runProcess } from "@flurry/core";

import { inTurn } from "../files/in-turn.ts";

/** Folders that hold no files of the repository. */
const skipped = new Set([".git", ".hg", ".jj", "node_modules", ".direnv", ".flurry", ".devenv"]);

/** More files than this are no repository of a fleet. */
const maxFiles = 500_000;

/** How files are listed. */
export interface ListFilesOptions {
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * The files below a folder, relative to it and in the order of their names: for a git repository those that git tracks
 * or would add, else all of them.
 *
 * @throws FlurryError FLURRY_ABORTED, FLURRY_TIMEOUT
 */
export async function listFiles(root: string, options: ListFilesOptions = {}): Promise<string[]> {
  const files = (await filesOfGit(root, options)) ?? (await filesOfFolder(root, options));
  return files.filter((path) => !path.split("/").some((part) => skipped.has(part))).toSorted();
}

async function filesOfGit(
  root: string,
  { signal, env = process.env }: ListFilesOptions,
): Promise<string[] | undefined> {
  try {
    const { exitCode, stdout } = await runProcess(
      "git",
      ["-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
      { env: { ...env, LC_ALL: "C" }, timeoutMs: 60_000, ...(signal === undefined ? {} : { signal }) },
    );
    if (exitCode !== 0) return undefined;
    const listed = stdout.split("\0").filter((path) => path !== "");
    // A file that was deleted and not yet committed is still listed.
    const there = await inTurn(listed, (path) => isThere(join(root, path)));
    return listed.filter((_, index) => there[index]);
  } catch (error) {
    if (FlurryError.is(error) && error.code === "FLURRY_PROCESS_NOT_FOUND") return undefined;
    throw error;
  }
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

async function filesOfFolder(root: string, { signal }: ListFilesOptions): Promise<string[]> {
  const found: string[] = [];
  const go = async (folder: string): Promise<void> => {
    signal?.throwIfAborted();
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!skipped.has(entry.name)) await go(path);
      } else found.push(path);
      if (found.length > maxFiles)
        throw new FlurryError("FLURRY_POLICY_INVALID", `There are more than ${maxFiles} files below ${root}`, {
          hint: "Name the folder of your repository.",
        });
    }
  };
  await go("");
  return found;
}
