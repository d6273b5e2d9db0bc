import { readFile } from "node:fs/promises";
import { extname } from "node:path";

import { FlurryError } from "@flurry/core";

import type { FleetRepository } from "../fleet-repository/open-fleet-file.ts";
import { pathInRepository } from "../fleet-repository/repository-files.ts";

/** The fleet file of a repository, to be edited. */
export interface EditableFleetFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/**
 * Reads the text of a fleet.yaml.
 *
 * @throws FlurryError FLURRY_EDIT_UNSAFE for a fleet.config.ts, which is a program
 */
export async function editableFleetFile({ directory, fleetFile }: FleetRepository): Promise<EditableFleetFile> {
  const path = pathInRepository(directory, fleetFile) ?? fleetFile;
  if (![".yaml", ".yml"].includes(extname(fleetFile)))
    throw new FlurryError("FLURRY_EDIT_UNSAFE", `${path} is a program, which only a person can change`, {
      place: { file: path },
      hint: "change its hosts there, then run flurry render",
    });
  return { path, text: await readFile(fleetFile, "utf8") };
}
