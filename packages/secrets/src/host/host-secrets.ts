import type { SopsFormat } from "../sops/stores/store.ts";

/** What the configuration of a host says of its secrets, in the options of sops-nix and agenix. */
export interface HostSecrets {
  readonly sops?: SopsNixSecrets | undefined;
  readonly age?: AgenixSecrets | undefined;
}

/** `config.sops` of sops-nix. */
export interface SopsNixSecrets {
  readonly secrets: readonly SopsNixSecret[];
  /** `age.sshKeyPaths`: the ssh keys of the host that are converted to keys of age. */
  readonly sshKeyPaths: readonly string[];
  /** Whether there is an `age.keyFile`. */
  readonly hasAgeKeyFile: boolean;
  /** Whether the host has keys of PGP, be they converted from ssh keys. */
  readonly hasPgp: boolean;
}

/** One of `config.sops.secrets`. */
export interface SopsNixSecret {
  readonly name: string;
  readonly file: string;
  /** Names of maps and the value in them with `/` between; empty for the whole file. */
  readonly key: string;
  readonly format: SopsFormat;
}

/** `config.age` of agenix. */
export interface AgenixSecrets {
  readonly secrets: readonly { readonly name: string; readonly file: string }[];
  /** The private keys on the host that open the files. */
  readonly identityPaths: readonly string[];
}

/** The content of a file of secrets; `elsewhere` is one that cannot be looked at from here. */
export type SecretContent =
  | { readonly kind: "content"; readonly bytes: Uint8Array }
  | { readonly kind: "absent" }
  | { readonly kind: "elsewhere" };

/** Why a host will not get a secret. */
export interface HostSecretProblem {
  readonly kind: "file-missing" | "not-encrypted" | "unreadable" | "key-missing" | "not-for-host";
  /** As the configuration declares it. */
  readonly file: string;
  /** The key in the file; only with `key-missing`. */
  readonly key?: string;
  /** The names of the secrets that need it, at least one. */
  readonly secrets: readonly string[];
  /** One sentence without a full stop. */
  readonly message: string;
  readonly hint: string;
}
