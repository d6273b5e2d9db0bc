import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

import * as z from "zod";

import { repositoryRoot } from "./repository.ts";

const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  license: z.string().optional(),
  private: z.boolean().optional(),
  bin: z.record(z.string(), z.string()).optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
});

/** What a package's package.json says, as far as packaging looks at it. */
export type Manifest = z.infer<typeof manifestSchema>;

/** A package of this repository that users install from a registry. */
export interface PublishedPackage {
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  /** The folder's name below `packages`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Every workspace below `packages`, in alphabetical order. */
export async function publishedPackages(): Promise<readonly PublishedPackage[]> {
  const parent = join(repositoryRoot, "packages");
  const folders = (await readdir(parent, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const packages = await Promise.all(
    folders.map(async ({ name: folder }) => {
      const directory = join(parent, folder);
      const manifest = manifestSchema.parse(JSON.parse(await readFile(join(directory, "package.json"), "utf8")));
      return { name: manifest.name, directory, folder, manifest };
    }),
  );
  return packages.sort((a, b) => a.folder.localeCompare(b.folder));
}
