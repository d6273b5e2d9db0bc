import type { StorePath } from "@flurry/core";

/** What a locked reference is made of. */
export interface LockedRefParts {
  readonly storePath: StorePath;
  /** SRI hash: `sha256-…=`. */
  readonly narHash: string;
  readonly subdirectory?: string;
  readonly revision?: string;
  readonly revisionCount?: number;
  readonly lastModified?: number;
}

/**
 * A flake reference to a source in the store that pure evaluation accepts.
 * The git attributes are what `path:` takes on trust, so that `self.rev`, `self.shortRev` and `self.lastModifiedDate`
 * are those of the repository: libfetchers/path.cc.
 */
export function lockedRef(parts: LockedRefParts): string {
  const query = Object.entries({
    dir: parts.subdirectory,
    lastModified: parts.lastModified?.toString(),
    narHash: parts.narHash,
    rev: parts.revision,
    revCount: parts.revisionCount?.toString(),
  })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    // Nix reads + as it stands, but other readers of URLs take it for a space.
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
  return `path:${parts.storePath}?${query}`;
}
