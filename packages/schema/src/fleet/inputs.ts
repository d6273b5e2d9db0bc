/** One input of the fleet's flake. */
export interface FlakeInput {
  /** The input's name in the flake. */
  readonly name: string;
  /** A flake reference, for example `github:Mic92/sops-nix`. */
  readonly url: string;
  /** Inputs of the input that are replaced by inputs of the fleet: `{ nixpkgs: "nixpkgs" }`. */
  readonly follows: Readonly<Record<string, string>>;
  /** False for an input that is no flake but a plain source tree. */
  readonly flake: boolean;
}
