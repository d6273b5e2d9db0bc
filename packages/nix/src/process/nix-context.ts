/** Where and how `nix` is run. */
export interface NixContext {
  /** The directory that relative flake references start from. */
  readonly cwd: string;
  /** The whole environment of every process. */
  readonly env: NodeJS.ProcessEnv;
  /**
   * The program to run.
   *
   * @default "nix"
   */
  readonly nix?: string;
  /** Options of nix.conf for every call: `--option NAME VALUE`. */
  readonly options?: readonly (readonly [name: string, value: string])[];
  /** Words that are put before all other arguments of every call. */
  readonly extraArgs?: readonly string[];
}
