import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { parseLockFile } from "@flurry/nix";
import type { LockFile } from "@flurry/nix";
import { findFleet, fleetInvalid } from "@flurry/schema";

/** The lock file of the flake that a command is about. */
export interface LockPlace {
  /** The absolute directory of flake.nix and flake.lock. */
  readonly directory: string;
  /** The lock file, absolute. */
  readonly path: string;
  /** The lock file as people should see it. */
  readonly displayName: string;
  readonly text: string;
  readonly lock: LockFile;
}

/**
 * Finds and reads the lock file of the flake here or above.
 *
 * @param flake - a directory; other references have no lock file that could be read without Nix
 * @throws FlurryError FLURRY_FLAKE_NOT_FOUND, FLURRY_FLEET_NOT_FOUND, FLURRY_FLEET_INVALID, FLURRY_USAGE
 */
export async function readLockPlace(cwd: string, flake: string | undefined): Promise<LockPlace> {
  if (flake !== undefined && !/^(?:\.{0,2}(?:\/|$)|\.$)/.test(flake))
    throw new FlurryError("FLURRY_USAGE", `${flake} is no directory of this machine`, {
      hint: "clone it and run flurry inputs there",
    });
  const { directory, flakeFile } = await findFleet(resolve(cwd, flake ?? "."));
  if (flakeFile === undefined) throw new FlurryError("FLURRY_FLAKE_NOT_FOUND", `there is no flake.nix in ${directory}`);
  const path = join(dirname(flakeFile), "flake.lock");
  const near = relative(cwd, path);
  const displayName = near.startsWith("..") ? path : near;
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new FlurryError("FLURRY_FLAKE_NOT_FOUND", `there is no ${displayName}`, {
      cause,
      hint: "nix flake lock writes it",
    });
  });
  return { directory, path, displayName, text, lock: readLock(text, displayName) };
}

/** @throws FlurryError FLURRY_FLEET_INVALID with the place of what is wrong */
export function readLock(text: string, file: string): LockFile {
  const parsed = parseLockFile(text, { file });
  if (!parsed.ok) throw fleetInvalid(parsed.issues);
  return parsed.value;
}
