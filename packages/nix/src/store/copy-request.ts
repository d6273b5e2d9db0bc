import type { StorePath } from "@flurry/core";

import type { PathInfo } from "./path-info.ts";

/** Store paths to bring, with all they refer to, into another store. */
export interface CopyRequest {
  /** The name under which events and errors speak of it. */
  readonly host: string;
  readonly paths: readonly StorePath[];
  /** The store to copy to: `ssh-ng://root@nas`, `file:///srv/cache`, `local?root=/mnt`. */
  readonly storeUri: string;
  /** Words for `ssh`, as NIX_SSHOPTS takes them. They are only ever given by the environment. */
  readonly nixSshOpts?: string;
  /**
   * Let the other store fetch from its own substituters what they have.
   *
   * @default false
   */
  readonly substituteOnDestination?: boolean;
  /**
   * Ask the other store to check signatures. Paths built here have none unless nix.conf names a secret key.
   *
   * @default false
   */
  readonly checkSignatures?: boolean;
  /** What the caller knows of the paths already, so that the store is not asked again how large they are. */
  readonly closure?: readonly PathInfo[];
}

/** Store paths to bring, with all they refer to, from another store into this machine's. */
export interface FetchRequest {
  /** The name under which errors speak of it. */
  readonly host: string;
  readonly paths: readonly StorePath[];
  /** The store to copy from: `ssh-ng://root@builder`, `https://cache.example`. */
  readonly storeUri: string;
  /** Words for `ssh`, as NIX_SSHOPTS takes them. They are only ever given by the environment. */
  readonly nixSshOpts?: string;
}

/** What a copy did. */
export interface CopyReport {
  readonly host: string;
  /** How many paths were sent; 0 when the other store had them all. */
  readonly copiedPaths: number;
  /** Uncompressed bytes of those paths. */
  readonly copiedBytes: number;
  readonly durationMs: number;
}

/** How to copy; see `NixPool.copy`. */
export interface CopyOptions {
  readonly signal?: AbortSignal;
  /**
   * Milliseconds for the whole copy.
   *
   * @default 3600000
   */
  readonly timeoutMs?: number;
  /**
   * Milliseconds without any sign of life from nix after which the copy counts as hanging.
   *
   * @default 300000
   */
  readonly stallTimeoutMs?: number;
}
