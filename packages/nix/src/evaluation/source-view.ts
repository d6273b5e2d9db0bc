import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import type { Stats } from "node:fs";

import { pathWithin } from "./reads.ts";
import type { Read } from "./reads.ts";

/**
 * What each kind of look at a source in the store gives, as short texts to compare. The source never changes, so each is
 * taken once. It is done with blocking calls: for thousands of small files they take a tenth of the time.
 */
export class SourceView {
  readonly #directory: string;
  readonly #known = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What a look gives. Equal texts mean that an evaluation could not tell the difference. */
  value({ kind, path }: Read): string {
    const key = `${kind}${path}`;
    let value = this.#known.get(key);
    if (value === undefined) {
      value = look(kind, this.#directory, path);
      this.#known.set(key, value);
    }
    return value;
  }
}

function look(kind: Read["kind"], directory: string, path: string): string {
  // Joining would normalise `a/../b`, which is not b when a is a link.
  const file = directory + path;
  try {
    switch (kind) {
      case "open":
        return content(file);
      case "stat":
        return typeOf(statSync(file));
      case "lstat": {
        const stats = lstatSync(file);
        return stats.isSymbolicLink() ? `link:${readlinkSync(file)}` : typeOf(stats);
      }
      case "real": {
        const real = realpathSync.native(file);
        const inside = pathWithin(realpathSync.native(directory), real);
        return inside === undefined ? `outside:${real}` : `inside:${inside}`;
      }
    }
  } catch (error) {
    return `error:${errorCode(error)}`;
  }
}

function content(file: string): string {
  const stats = statSync(file);
  if (stats.isDirectory()) return `directory:${digest(listing(file))}`;
  if (!stats.isFile()) return typeOf(stats);
  return `${typeOf(stats)}:${digest(readFileSync(file))}`;
}

/** Names and types; nix gives them out sorted, so that the order on disk is nothing to go by. */
function listing(directory: string): string {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries
    .map(
      (entry) =>
        `${entry.name}\0${entry.isSymbolicLink() ? "link" : entry.isDirectory() ? "directory" : entry.isFile() ? "file" : "other"}`,
    )
    .sort()
    .join("\0");
}

function typeOf(stats: Stats): string {
  if (stats.isDirectory()) return "directory";
  if (!stats.isFile()) return "other";
  // The store knows no other permission.
  return (stats.mode & 0o111) === 0 ? "file" : "program";
}

function digest(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("base64url");
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
