/** Someone who may read every secret that lists no other readers. */
export interface SecretsAdmin {
  readonly name: string;
  /** age recipients (`age1…`), ssh public keys or PGP fingerprints; at least one. */
  readonly keys: readonly string[];
}

/** Who may read one file of secrets, or all files that a glob matches. */
export interface SecretsFile {
  /** The file's path in the repository, with `/`; may hold `*`. */
  readonly path: string;
  /** The hosts that may read it, as the selectors that were written. */
  readonly selectors: readonly string[];
  /** The names of the hosts that those selectors match, in fleet order. */
  readonly hosts: readonly string[];
  /** The names of the admins that may read it; all of them unless the file says otherwise. */
  readonly admins: readonly string[];
}

/** Who may read which secret of the fleet. */
export interface SecretsPolicy {
  readonly backend: "sops" | "agenix";
  readonly admins: readonly SecretsAdmin[];
  readonly files: readonly SecretsFile[];
}
