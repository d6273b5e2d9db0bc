import type { AgeInspection, InspectedRecipient } from "../age/inspect.ts";
import { matchStanza } from "../age/recipient-tags.ts";
import type { AgeRecipient } from "../age/recipient.ts";

/** How a file's recipients compare with its rule, as far as can be told without a key. */
export interface RecipientDrift {
  /**
   * `current`: exactly the recipients of the rule. `drifted`: certainly not. `unknown`: nothing speaks against it, but
   * some recipients are anonymous (X25519, post-quantum, plugins), and only their number could be compared.
   */
  readonly status: "current" | "drifted" | "unknown";
  /**
   * Recipients of the rule that the file is not encrypted to. Where there are fewer anonymous stanzas than anonymous
   * recipients, it is certain that some are missing but not which; the last of them are named.
   */
  readonly missing: readonly string[];
  /** Stanzas of the file that belong to nobody in the rule: type and tag, for example `ssh-ed25519 V3XmEA`. */
  readonly extra: readonly string[];
  /** Recipients of the rule that leave no mark in a file, so nobody without their key can tell. */
  readonly undecided: readonly string[];
}

/**
 * Compares a file's header with the recipients it should have. No key is needed, and nothing is authenticated:
 * it finds files that were not rekeyed, not files that were tampered with.
 */
export function recipientDrift(
  { recipients: found }: AgeInspection,
  expected: readonly AgeRecipient[],
): RecipientDrift {
  // rage adds noise to keep readers honest; it is nobody's.
  const left = new Set(found.filter(({ kind }) => kind !== "grease"));
  const undecided: AgeRecipient[] = [];
  const missing: AgeRecipient[] = [];
  const distinct = [...new Map(expected.map((recipient) => [identityOf(recipient), recipient])).values()];
  const anonymous = distinct.filter((recipient) => !takeMatch(left, recipient, "yes"));
  // Plugins come last: they may have written whatever nobody else did.
  const byPlugin = (one: AgeRecipient, other: AgeRecipient): number =>
    Number(one.kind === "plugin") - Number(other.kind === "plugin");
  for (const recipient of [...anonymous].sort(byPlugin))
    (takeMatch(left, recipient, "unknown") ? undecided : missing).push(recipient);
  // For a recipient that is listed twice age writes two stanzas.
  if (distinct.length < expected.length)
    for (const recipient of expected) if (!takeMatch(left, recipient, "yes")) takeMatch(left, recipient, "unknown");
  if (expected.some(({ kind }) => kind === "plugin"))
    for (const recipient of left) if (recipient.kind === "unknown") left.delete(recipient);
  const extra = [...left].map(describe);
  return {
    status: missing.length + extra.length > 0 ? "drifted" : undecided.length > 0 ? "unknown" : "current",
    missing: missing.map(({ text }) => text),
    extra,
    undecided: undecided.map(({ text }) => text),
  };
}

function takeMatch(left: Set<InspectedRecipient>, recipient: AgeRecipient, wanted: "yes" | "unknown"): boolean {
  for (const candidate of left) {
    if (matchStanza(candidate, recipient) !== wanted) continue;
    // A plugin's stanzas are those that belong to nothing else.
    if (
      recipient.kind === "plugin" &&
      wanted === "unknown" &&
      candidate.kind !== "unknown" &&
      candidate.kind !== "tagged"
    )
      continue;
    left.delete(candidate);
    return true;
  }
  return false;
}

/** What makes two entries the same recipient: for SSH keys the key, whatever its comment. */
function identityOf(recipient: AgeRecipient): string {
  return recipient.kind === "ssh" ? Buffer.from(recipient.key.blob).toString("base64") : recipient.text;
}

function describe({ stanza, tag }: InspectedRecipient): string {
  return tag === undefined ? stanza.type : `${stanza.type} ${tag}`;
}
