import type { StorePath } from "@flurry/core";

import type { SourceInfo } from "./source-info.ts";

/** A flake whose source was copied to the store once and is referred to by its content from then on. */
export interface LockedFlake {
  /** The reference as the user gave it. */
  readonly original: string;
  /** `path:/nix/store/…-source?narHash=sha256-…`, with `&dir=` when the flake is in a subdirectory. */
  readonly lockedRef: string;
  /** The source in the store. The flake.nix is in its `subdirectory`. */
  readonly storePath: StorePath;
  /** SRI hash of the source: `sha256-…=`. */
  readonly narHash: string;
  /** The git revision, without a suffix; missing when the tree has uncommitted changes or is no repository. */
  readonly revision?: string;
  /** How many commits lead to the revision; missing where `revision` is, and for shallow clones. */
  readonly revisionCount?: number;
  /** True when the source is a git tree with uncommitted changes. */
  readonly dirty: boolean;
  /** Seconds since the epoch of the last change that Nix knows of. */
  readonly lastModified?: number;
  /** Where in the source the flake.nix is, when not at its top. */
  readonly subdirectory?: string;
  /** What `self.sourceInfo` is for the reference as the user gave it; derived from the other fields when missing. */
  readonly sourceInfo?: SourceInfo;
  /** The directory on this machine that the source was copied from; missing for remote flakes. */
  readonly directory?: string;
  /** What Nix or Flurry has to remark, as single lines: uncommitted changes, inputs that are slow. */
  readonly warnings: readonly string[];
}
