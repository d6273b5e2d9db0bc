import { join } from "node:path";

import * as z from "zod";

import type { PublishedPackage } from "./published-packages.ts";
import { repositoryRoot } from "./repository.ts";
import { requiredRun } from "./required-run.ts";

const packReportSchema = z.array(
  z.looseObject({
    name: z.string(),
    filename: z.string(),
    files: z.array(z.looseObject({ path: z.string(), size: z.number(), mode: z.number() })),
  }),
);

/** A file of a tarball. */
export interface PackedFile {
  /** Relative to the package's root. */
  readonly path: string;
  readonly bytes: number;
  /** Permission bits. */
  readonly mode: number;
}

/** What `npm publish` would upload. */
export interface PackedPackage {
  readonly package: PublishedPackage;
  /** The absolute path of the .tgz file. */
  readonly tarball: string;
  readonly files: readonly PackedFile[];
}

/**
 * Packs built packages of this repository, all by one `npm`, whose start takes longer than a package.
 *
 * @param destination - the directory for the tarballs
 * @returns in the order of the packages
 */
export async function packAll(
  packages: readonly PublishedPackage[],
  destination: string,
): Promise<readonly PackedPackage[]> {
  const workspaces = packages.flatMap(({ name }) => ["--workspace", name]);
  return await npmPack([...workspaces, "--pack-destination", destination], {
    cwd: repositoryRoot,
    packages,
    destination,
  });
}

/**
 * Packs one built package, wherever it is.
 *
 * @param destination - the directory for the tarball
 */
export async function pack(published: PublishedPackage, destination: string): Promise<PackedPackage> {
  const place = { cwd: published.directory, packages: [published], destination };
  const [packed] = await npmPack(["--pack-destination", destination], place);
  if (packed === undefined) throw new Error(`npm packed nothing in ${published.directory}`);
  return packed;
}

interface PackPlace {
  readonly cwd: string;
  readonly packages: readonly PublishedPackage[];
  readonly destination: string;
}

async function npmPack(args: readonly string[], place: PackPlace): Promise<readonly PackedPackage[]> {
  const { cwd, packages, destination } = place;
  const { stdout } = await requiredRun("npm", ["pack", "--json", "--ignore-scripts", ...args], { cwd });
  const reports = packReportSchema.parse(JSON.parse(stdout));
  return packages.map((published) => {
    const report = reports.find(({ name }) => name === published.name);
    if (report === undefined) throw new Error(`npm did not pack ${published.name}`);
    return {
      package: published,
      tarball: join(destination, report.filename),
      files: report.files.map(({ path, size, mode }) => ({ path, bytes: size, mode })),
    };
  });
}
