/** A machine of a new fleet. */
export interface ScaffoldHost {
  readonly name: string;
  readonly address: string;
  /** What the machine is for; `plain` has no part of its own. */
  readonly role: "storage" | "apps" | "edge" | "plain";
}

/** Who administers a new fleet's secrets. */
export interface ScaffoldAdmin {
  readonly name: string;
  /** An age recipient, an ssh public key or a PGP fingerprint. */
  readonly key: string;
}

/** What a new fleet is to be. */
export interface ScaffoldOptions {
  /** The name of the repository, for its package.json and README. */
  readonly name: string;
  readonly description: string;
  /** The flake reference of nixpkgs. */
  readonly nixpkgs: string;
  /** `24.11`: the release whose defaults the machines keep. */
  readonly stateVersion: string;
  /** Further inputs by name, in their order: flake references. */
  readonly inputs: readonly { readonly name: string; readonly url: string }[];
  /** The Nix system of the machines. */
  readonly system: string;
  /** Who logs in to deploy. */
  readonly sshUser: string;
  readonly hosts: readonly ScaffoldHost[];
  /** Public ssh keys of those who may log in, each with a name that a file can have. */
  readonly authorizedKeys: readonly { readonly name: string; readonly line: string }[];
  readonly secrets:
    | { readonly backend: "none" }
    | { readonly backend: "sops" | "agenix"; readonly admins: readonly ScaffoldAdmin[] };
  readonly timeZone: string;
  /** The npm versions to ask for. */
  readonly versions: { readonly flurry: string; readonly turbo: string; readonly packageManager: string };
}

/** A file of a new fleet; from then on it belongs to the user. */
export interface ScaffoldFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly content: string;
  readonly executable?: boolean;
}
