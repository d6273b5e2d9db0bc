/** Something that a check found in the fleet's repository. */
export interface CheckFinding {
  /** The rule that found it. */
  readonly rule: string;
  /** `error` makes the check fail; a `note` is worth knowing and nothing to repair. */
  readonly severity: "error" | "warning" | "note";
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** The file, from the directory of the fleet, with `/`. */
  readonly file: string;
  /** Counted from 1. */
  readonly line?: number;
  /** Counted from 1. */
  readonly column?: number;
  /** The host that it is about. */
  readonly host?: string;
}
