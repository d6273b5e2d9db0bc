import { posix } from "node:path";
import { pathToFileURL } from "node:url";

import { FlurryError } from "@flurry/core";
import type { LockedFlake } from "@flurry/nix";

import type { CommandStart } from "./start-command.ts";

/** A flake as it was at a revision of its repository. */
export interface EarlierFlake {
  /** The full hash of the commit. */
  readonly revision: string;
  readonly flake: LockedFlake;
}

const gitTimeoutMs = 20_000;

/**
 * Locks what a flake of this machine was at a revision.
 *
 * @param since - a revision as git names it: `HEAD`, `main`, `v1`, `HEAD~3`
 * @throws FlurryError FLURRY_USAGE when the flake is in no repository of this machine, or that has no such revision
 */
export async function earlierFlake(now: LockedFlake, start: CommandStart, since: string): Promise<EarlierFlake> {
  const { services, nix, interruption } = start;
  const { directory } = now;
  if (directory === undefined)
    throw new FlurryError("FLURRY_USAGE", `--changed needs a flake of this machine, which ${now.original} is not`, {
      hint: "clone it and run flurry there",
    });
  const git = gitIn(directory, start);
  const place = await git(["rev-parse", "--show-toplevel", "--show-prefix"]);
  if (place === undefined)
    throw new FlurryError(
      "FLURRY_USAGE",
      `--changed compares with a commit, but ${directory} is in no git repository`,
      {
        hint: "git init, and commit the flake",
      },
    );
  const revision = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${since}^{commit}`]);
  if (revision === undefined)
    throw new FlurryError("FLURRY_USAGE", `there is no revision "${since}" in ${directory}`, {
      hint:
        since === "HEAD"
          ? "--changed compares with a commit; nothing is committed yet"
          : "in CI, a shallow clone may not have it: git fetch it first",
    });
  const [top = "", prefix = ""] = place.split("\n");
  const ref = revisionRef({ top, subdirectory: posix.join(prefix, now.subdirectory ?? ""), revision }, now);
  return { revision, flake: await services.lockFlake(ref, nix, { signal: interruption.signal }) };
}

function revisionRef(
  { top, subdirectory, revision }: { readonly top: string; readonly subdirectory: string; readonly revision: string },
  { sourceInfo }: LockedFlake,
): string {
  const query = new URLSearchParams({ rev: revision });
  const dir = subdirectory.replace(/\/+$/, "");
  if (dir !== "" && dir !== ".") query.set("dir", dir);
  if (sourceInfo?.["submodules"] === true) query.set("submodules", "1");
  // Nix reads a plus sign as itself.
  return `git+${pathToFileURL(top).href}?${query.toString().replaceAll("+", "%20")}`;
}

/** Runs git in a directory: what it printed, or undefined when it failed. */
function gitIn(
  cwd: string,
  { services, nix, interruption: { signal } }: CommandStart,
): (args: readonly string[]) => Promise<string | undefined> {
  return async (args) => {
    const options = { cwd, env: nix.env, signal, timeoutMs: gitTimeoutMs };
    const { exitCode, stdout } = await services.runProcess("git", args, options);
    return exitCode === 0 ? stdout.replace(/\n$/, "") : undefined;
  };
}
