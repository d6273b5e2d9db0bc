import type { DrvPath, FlurryError, StorePath } from "@flurry/core";

/** One derivation to build. Several hosts may ask for the same one. */
export interface BuildRequest {
  /** The name under which events and errors speak of it. */
  readonly host: string;
  readonly drvPath: DrvPath;
  /** The output that must be there afterwards. */
  readonly outPath: StorePath;
}

/** What became of one {@link BuildRequest}. `built` means that the output is valid in the store, however it came there. */
export type BuildResult =
  | { readonly host: string; readonly status: "built"; readonly outPath: StorePath }
  | { readonly host: string; readonly status: "failed"; readonly error: FlurryError };

/** How to build; see `NixPool.build`. What is not given is left to the user's nix.conf. */
export interface BuildOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole build. No limit unless given: a kernel takes as long as it takes. */
  readonly timeoutMs?: number;
  /** `--max-jobs`: how many derivations this machine builds at a time. */
  readonly maxJobs?: number | "auto";
  /** `--cores`: how many cores one build may use; 0 is all. */
  readonly cores?: number;
  /** `--builders`: remote builders in the syntax of nix.conf. */
  readonly builders?: string;
  /** Further options of nix.conf for this build: `--option NAME VALUE`. */
  readonly nixOptions?: readonly (readonly [name: string, value: string])[];
  /**
   * An existing directory in which each built output gets a link that keeps it from being collected as garbage.
   * The links live as long as the caller leaves them. Without it nothing protects the outputs.
   */
  readonly outLinkDirectory?: string;
  /**
   * Another store that builds, instead of this machine's: the derivations are copied there, and the outputs stay there.
   * The links of `outLinkDirectory` are then not made.
   */
  readonly store?: BuildStore;
}

/** A store that builds. */
export interface BuildStore {
  /** `ssh-ng://root@builder` */
  readonly uri: string;
  /** Words for `ssh`, as NIX_SSHOPTS takes them. They are only ever given by the environment. */
  readonly nixSshOpts?: string;
}
