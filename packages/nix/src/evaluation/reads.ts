import { join } from "node:path";

/**
 * One look at the source that an evaluation took:
 * `open` reads a file, or the names in a directory; `stat` asks what a path is, `lstat` the same of a link itself;
 * `real` resolves all links on the way. That something is missing is an answer too.
 */
export interface Read {
  readonly kind: "open" | "stat" | "lstat" | "real";
  /** Relative to the source with a leading slash; empty for the source itself. Not normalised beyond that. */
  readonly path: string;
}

/** What was read in one evaluation, each look as often as it was taken. */
export type Reads = readonly Read[];

/** The path within a directory as reads name it; undefined for a path outside. */
export function pathWithin(directory: string, path: string): string | undefined {
  const rest = path.startsWith(directory) ? path.slice(directory.length) : undefined;
  if (rest === undefined || (rest !== "" && !rest.startsWith("/"))) return undefined;
  // The kernel takes slashes that follow one another for one.
  const inside = rest.replaceAll(/\/{2,}/g, "/");
  return inside === "/" ? "" : inside;
}

/** How often the content of one file was read. */
export function timesOpened(reads: Reads, path: string): number {
  return reads.filter((read) => read.kind === "open" && read.path === path).length;
}

/** The path of a file of the flake within its source, as reads name it. */
export function flakeFile(subdirectory: string | undefined, name: string): string {
  return join("/", subdirectory ?? "", name);
}
