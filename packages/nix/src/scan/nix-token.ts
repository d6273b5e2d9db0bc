/** What a piece of Nix code is. */
export type NixTokenKind =
  | "space"
  | "comment"
  | "identifier"
  | "number"
  /** A path literal, or what an interpolation leaves of one: `./modules`, `/etc/nixos`, `~/keys`. */
  | "path"
  /** `<nixpkgs>`. */
  | "search-path"
  /** A URI without quotes. */
  | "uri"
  /** `"` or `''`, at the beginning and the end of a string. */
  | "quote"
  /** What stands between the quotes, escapes as they are written. */
  | "text"
  /** `${`, in strings, in paths and before names of attributes. */
  | "interpolation"
  | "operator";

/** A piece of Nix code; all of them in a row are the code. */
export interface NixToken {
  readonly kind: NixTokenKind;
  readonly text: string;
  /** Where it begins, in UTF-16 units from 0. */
  readonly offset: number;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
}
