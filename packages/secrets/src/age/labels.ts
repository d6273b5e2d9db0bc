import { FlurryError } from "@flurry/core";
import type { Recipient, Stanza } from "age-encryption";

/** A file key wrapped for one recipient, and the properties that all recipients of the file must share. */
export interface WrappedFileKey {
  readonly stanzas: readonly Stanza[];
  /** For example `postquantum`; in any order. */
  readonly labels: readonly string[];
}

/**
 * A recipient that says which labels its stanzas have (age's RecipientWithLabels). A recipient that does not
 * implement this has no labels.
 */
export interface LabelledRecipient extends Recipient {
  wrapWithLabels(fileKey: Uint8Array): Promise<WrappedFileKey> | WrappedFileKey;
}

/** Whether a recipient says which labels its stanzas have. */
export function isLabelled(recipient: Recipient): recipient is LabelledRecipient {
  return "wrapWithLabels" in recipient && typeof recipient.wrapWithLabels === "function";
}

/**
 * Makes sure that all recipients of one file have the same labels, as age does: a post-quantum recipient beside a
 * classic one would protect no better than the classic one alone.
 */
export class LabelGuard {
  #first: { readonly labels: string; readonly name: string } | undefined;

  /**
   * @param name - names the recipient in the error
   * @throws FlurryError FLURRY_AGE_RECIPIENTS_MIXED
   */
  admit(labels: readonly string[], name: string): void {
    const sorted = [...new Set(labels)].sort().join(" ");
    this.#first ??= { labels: sorted, name };
    if (this.#first.labels === sorted) return;
    throw new FlurryError(
      "FLURRY_AGE_RECIPIENTS_MIXED",
      `${this.#first.name} (${describe(this.#first.labels)}) and ${name} (${describe(sorted)}) may not share a file`,
      { hint: "Use post-quantum recipients only, or none: one classic recipient undoes the protection of all others." },
    );
  }
}

function describe(labels: string): string {
  return labels === "" ? "classic" : labels;
}
