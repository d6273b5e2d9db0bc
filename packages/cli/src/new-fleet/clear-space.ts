import { readdir } from "node:fs/promises";

import { FlurryError } from "@flurry/core";

import { isMissing } from "../fleet-repository/file-changes.ts";
import { filesBelow } from "../fleet-repository/repository-files.ts";

/** What may be in a directory that counts as empty. */
const harmless = new Set([".git", ".flurry"]);

/**
 * Looks whether a fleet can be begun in a directory.
 *
 * @returns the files that are there, which stay as they are
 * @throws FlurryError FLURRY_DIRECTORY_NOT_EMPTY unless forced, FLURRY_USAGE for what is no directory
 */
export async function clearSpace(
  directory: string,
  { force }: { readonly force: boolean },
): Promise<ReadonlySet<string>> {
  const names = (await namesIn(directory)).filter((name) => !harmless.has(name));
  if (names.length === 0) return new Set();
  if (force) return new Set(filesBelow(directory, "."));
  const some = names.slice(0, 5).join(", ");
  const isFlake = names.includes("flake.nix");
  throw new FlurryError(
    "FLURRY_DIRECTORY_NOT_EMPTY",
    `${directory} is not empty: ${some}${names.length > 5 ? ", …" : ""}`,
    {
      hint: isFlake
        ? "flurry init --from . describes the flake that is there; --force writes what is missing beside it"
        : "name another directory, or --force: what is there stays as it is",
    },
  );
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOTDIR")
      throw new FlurryError("FLURRY_USAGE", `${directory} is no directory`, { cause: error });
    if (isMissing(error)) return [];
    throw error;
  }
}
