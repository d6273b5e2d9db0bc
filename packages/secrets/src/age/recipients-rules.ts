import { FlurryError } from "@flurry/core";

import { LabelGuard } from "./labels.ts";
import type { AgeRecipient } from "./recipient.ts";

/**
 * Refuses sets of recipients that may not share a file: none at all, or post-quantum beside classic ones.
 * A plugin says only when it encrypts whether its recipient is post-quantum; it is checked then.
 *
 * A passphrase is never in such a set: a file is encrypted to a passphrase alone or to recipients.
 *
 * @throws FlurryError FLURRY_AGE_RECIPIENTS_MIXED
 */
export function checkRecipients(recipients: readonly AgeRecipient[]): void {
  if (recipients.length === 0)
    throw new FlurryError("FLURRY_AGE_RECIPIENTS_MIXED", "A file needs at least one recipient");
  const guard = new LabelGuard();
  for (const { labels, text } of recipients) if (labels !== undefined) guard.admit(labels, shorten(text));
}

/** A recipient as it is named in messages: post-quantum ones have 2,000 characters. */
export function shorten(recipient: string): string {
  return recipient.length <= 72 ? recipient : `${recipient.slice(0, 48)}…${recipient.slice(-8)}`;
}
