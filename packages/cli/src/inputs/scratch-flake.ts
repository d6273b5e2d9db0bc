import { cp, mkdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

import { tempDir } from "@flurry/core";

import { git, tryGit } from "../run/git.ts";
import type { GitParts } from "../run/git.ts";

/** A copy of a flake's repository that may be changed at will. */
export interface ScratchFlake extends AsyncDisposable {
  /** The directory of its flake.nix. */
  readonly directory: string;
}

const leftOut = new Set([".git", "node_modules", "result", ".direnv", ".flurry"]);

/** Copies what Nix sees of a flake: what git knows of the work tree, or the whole directory where there is no git. */
export async function scratchFlake(directory: string, parts: GitParts): Promise<ScratchFlake> {
  const temp = await tempDir("flurry-inputs");
  try {
    const source = join(temp.path, "source");
    await mkdir(source);
    const top = await tryGit(directory, ["rev-parse", "--show-toplevel"], parts);
    if (top === undefined) await copyAll(directory, source);
    else await copyTracked(top, source, parts);
    const inside = top === undefined ? "" : relative(top, directory);
    return { directory: join(source, inside), [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
  } catch (error) {
    await temp[Symbol.asyncDispose]();
    throw error;
  }
}

async function copyAll(from: string, to: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => path === from || !leftOut.has(relative(from, path)),
  });
}

async function copyTracked(top: string, to: string, parts: GitParts): Promise<void> {
  const files = (await git(top, ["ls-files", "-z", "--cached"], parts)).split("\0").filter((file) => file !== "");
  for (const file of files) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    // A file that was removed and not committed yet is none of the work tree's.
    await cp(join(top, file), join(to, file), { verbatimSymlinks: true, recursive: true }).catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    });
  }
  await git(to, ["init", "--quiet"], parts);
  await git(to, ["add", "--all", "--force"], parts);
}
