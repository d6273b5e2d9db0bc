import type { Place } from "./errors.ts";

/** One mistake in something a user wrote. */
export interface Issue {
  /** A stable, kebab-case name of the rule that was broken, for example `unknown-key`. */
  readonly code: string;
  /** What is wrong, as one sentence without a full stop. */
  readonly message: string;
  /** `error` makes the input unusable; `warning` does not. */
  readonly severity: "error" | "warning";
  /** Where it stands in the data, for example `["hosts", "nas", "address"]`. */
  readonly path: readonly (string | number)[];
  /** Where it stands in a file. */
  readonly place?: Place;
  /** What to do about it, with the nearest right name where there is one. */
  readonly hint?: string;
}

/** The outcome of reading something that a user wrote: mistakes are values, not exceptions. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] };
