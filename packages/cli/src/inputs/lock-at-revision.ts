import { relative } from "node:path";

import { FlurryError } from "@flurry/core";
import type { LockFile } from "@flurry/nix";

import { git, tryGit } from "../run/git.ts";
import type { GitParts } from "../run/git.ts";
import { readLock } from "./lock-place.ts";
import type { LockPlace } from "./lock-place.ts";

/**
 * The lock file as it was at a revision.
 *
 * @param revision - as git names it: `HEAD`, `main`, `HEAD~3`
 * @throws FlurryError FLURRY_USAGE when there is no such revision, or no lock file in it
 */
export async function lockAtRevision(place: LockPlace, revision: string, parts: GitParts): Promise<LockFile> {
  const { directory, path } = place;
  const top = await tryGit(directory, ["rev-parse", "--show-toplevel"], parts);
  if (top === undefined)
    throw new FlurryError("FLURRY_USAGE", `${directory} is in no git repository`, {
      hint: "diff compares revisions of one",
    });
  const commit = await tryGit(
    directory,
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`],
    parts,
  );
  if (commit === undefined) throw new FlurryError("FLURRY_USAGE", `there is no revision "${revision}" in ${directory}`);
  const prefix = await git(directory, ["rev-parse", "--show-prefix"], parts);
  const file = `${prefix}${relative(directory, path)}`;
  const text = await tryGit(directory, ["show", `${commit}:${file}`], parts);
  if (text === undefined) throw new FlurryError("FLURRY_USAGE", `there is no ${file} in ${revision}`);
  return readLock(text, `${revision}:${file}`);
}
