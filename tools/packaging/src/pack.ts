import { join } from "node:path";

import * as z from "zod";

import type { PublishedPackage } from "./published-packages.ts";
import { requiredRun } from "./required-run.ts";

const packReportSchema = z
  .array(
    z.looseObject({
      filename: z.string(),
      files: z.array(z.looseObject({ path: z.string(), size: z.number(), mode: z.number() })),
    }),
  )
  .length(1);

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
 * Packs a built package.
 *
 * @param destination - the directory for the tarball
 */
export async function pack(published: PublishedPackage, destination: string): Promise<PackedPackage> {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", destination];
  const { stdout } = await requiredRun("npm", args, { cwd: published.directory });
  const [report] = packReportSchema.parse(JSON.parse(stdout));
  if (report === undefined) throw new Error(`npm packed nothing in ${published.directory}`);
  return {
    package: published,
    tarball: join(destination, report.filename),
    files: report.files.map(({ path, size, mode }) => ({ path, bytes: size, mode })),
  };
}
