import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { FlurryError } from "@flurry/core";

/** The names of a fleet file, in the order in which messages list them. */
export const fleetFileNames: readonly string[] = [
  "fleet.yaml",
  "fleet.yml",
  "fleet.config.ts",
  "fleet.config.mts",
  "fleet.config.js",
  "fleet.config.mjs",
];

/** A directory that describes a fleet; at least one of the two files is there. */
export interface FoundFleet {
  /** Absolute. */
  readonly directory: string;
  /** The absolute path of the fleet file. */
  readonly fleetFile?: string;
  /** The absolute path of flake.nix. */
  readonly flakeFile?: string;
}

/**
 * Looks for a fleet file or a flake in a directory and then in each of its parents; the nearest wins.
 *
 * @param directory - where to begin
 * @throws FlurryError FLURRY_FLEET_NOT_FOUND when there is neither up to the root,
 * FLURRY_FLEET_INVALID when a directory has two fleet files
 */
export async function findFleet(directory: string): Promise<FoundFleet> {
  const start = resolve(directory);
  let hasHive = false;
  for (let current = start; ; current = dirname(current)) {
    const names = await namesIn(current, start);
    hasHive ||= names.includes("hive.nix");
    const found = foundIn(current, names);
    if (found !== undefined) return found;
    if (dirname(current) === current) break;
  }
  throw new FlurryError("FLURRY_FLEET_NOT_FOUND", `no fleet.yaml, fleet.config.ts or flake.nix in ${start} or above`, {
    hint: hasHive
      ? "a hive.nix needs a flake.nix beside it that pins nixpkgs and has the output colmena = import ./hive.nix"
      : "change to your fleet's directory, or name it with -C or --flake",
  });
}

function foundIn(directory: string, names: readonly string[]): FoundFleet | undefined {
  const fleetFiles = fleetFileNames.filter((name) => names.includes(name));
  const [fleetFile, second] = fleetFiles;
  if (second !== undefined) {
    throw new FlurryError("FLURRY_FLEET_INVALID", `${fleetFiles.join(" and ")} are both in ${directory}`, {
      hint: "keep the one that describes the fleet and remove the other",
      place: { file: join(directory, second) },
    });
  }
  const hasFlake = names.includes("flake.nix");
  if (fleetFile === undefined && !hasFlake) return undefined;
  return {
    directory,
    ...(fleetFile === undefined ? {} : { fleetFile: join(directory, fleetFile) }),
    ...(hasFlake ? { flakeFile: join(directory, "flake.nix") } : {}),
  };
}

async function namesIn(directory: string, start: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    // A parent that may not be listed has nothing for us; the place to begin must exist.
    if (directory !== start) return [];
    throw new FlurryError("FLURRY_FLEET_NOT_FOUND", `the directory ${start} cannot be read`, { cause: error });
  }
}
