import type { LockedFlake } from "./locked-flake.ts";

/** What `self.sourceInfo` of a flake holds beside its outPath: `rev`, `lastModified`, `narHash` and the like. */
export type SourceInfo = Readonly<Record<string, string | number | boolean>>;

/** The attributes of a locked reference that a source's info is made from. */
export interface LockedAttributes {
  readonly type: string;
  readonly narHash: string;
  readonly rev?: string | undefined;
  readonly revCount?: number | undefined;
  readonly lastModified?: number | undefined;
  readonly dirtyRev?: string | undefined;
  readonly dirtyShortRev?: string | undefined;
  readonly submodules?: boolean | undefined;
}

/** What nix makes of a locked reference: emitTreeAttrs in libexpr/primops/fetchTree.cc. */
export function sourceInfoOf(locked: LockedAttributes): SourceInfo {
  const { type, narHash, rev, revCount, lastModified, dirtyRev, dirtyShortRev, submodules = false } = locked;
  return {
    narHash,
    ...(type === "git" ? { submodules } : {}),
    ...(rev === undefined ? {} : { rev, shortRev: rev.slice(0, 7) }),
    ...(revCount === undefined ? {} : { revCount }),
    ...(dirtyRev === undefined ? {} : { dirtyRev }),
    ...(dirtyShortRev === undefined ? {} : { dirtyShortRev }),
    ...(lastModified === undefined ? {} : { lastModified, lastModifiedDate: compactDate(lastModified) }),
  };
}

/** The source info of a flake, as well as it is known. */
export function sourceInfo(flake: LockedFlake): SourceInfo {
  if (flake.sourceInfo !== undefined) return flake.sourceInfo;
  const { narHash, revision, revisionCount, lastModified } = flake;
  return sourceInfoOf({ type: "path", narHash, rev: revision, revCount: revisionCount, lastModified });
}

/** `20250131235959`, as nix writes it. */
function compactDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replaceAll(/[-:T]|\..*$/g, "");
}
