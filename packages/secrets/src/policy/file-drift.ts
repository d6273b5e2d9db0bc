import { FlurryError } from "@flurry/core";

import type { AgeInspection } from "../age/inspect.ts";
import { matchStanza } from "../age/recipient-tags.ts";
import { parseRecipient } from "../age/recipient.ts";
import type { AgeRecipient } from "../age/recipient.ts";
import { recipientDrift } from "../agenix/drift.ts";
import type { SopsFile } from "../sops/document.ts";
import { keyDifference } from "./policy-key.ts";
import type { PolicyKey } from "./policy-key.ts";
import { readerOf } from "./policy.ts";
import type { Policy, PolicyRule, Reader } from "./policy.ts";

/** A key of somebody that a file is, or is not, encrypted to. */
export interface FileReader {
  readonly reader: string;
  readonly kind: Reader["kind"];
  /** Absent for a stanza of an age file that only tells what sort of key it is. */
  readonly key?: PolicyKey;
}

/** How a file's recipients compare with its rule, as far as can be told without a key. */
export interface FileDrift {
  /** `unknown`: nothing speaks against it, but some recipients are anonymous. */
  readonly status: "current" | "drifted" | "unknown";
  /** In the rule and not in the file. */
  readonly missing: readonly FileReader[];
  /** In the file and not in the rule. */
  readonly extra: readonly FileReader[];
  /** In the rule; whether in the file as well nobody can tell. */
  readonly undecided: readonly FileReader[];
  /** What differs in how key groups work together; undefined where nothing does. */
  readonly groups: string | undefined;
}

/** Compares a SOPS file with its rule: group by group, as `sops updatekeys` does. */
export function sopsDrift(policy: Policy, rule: PolicyRule, { metadata }: SopsFile): FileDrift {
  const wanted = rule.groups;
  const stated = metadata.groups;
  const missing: FileReader[] = [];
  const extra: FileReader[] = [];
  for (let index = 0; index < Math.max(wanted.length, stated.length); index++) {
    const [want, have] = [wanted[index] ?? [], stated[index] ?? []];
    const apart = keyDifference(want, have);
    missing.push(...apart.missing.map((key) => fileReader(policy, key)));
    extra.push(...apart.extra.map((key) => fileReader(policy, key)));
  }
  const groups = groupsDifference(rule, metadata);
  const drifted = missing.length > 0 || extra.length > 0 || groups !== undefined;
  return { status: drifted ? "drifted" : "current", missing, extra, undecided: [], groups };
}

function groupsDifference({ groups, threshold }: PolicyRule, metadata: SopsFile["metadata"]): string | undefined {
  if (groups.length !== metadata.groups.length)
    return `the file has ${count(metadata.groups.length, "key group")}, the policy ${count(groups.length, "key group")}`;
  if (groups.length < 2 || threshold === undefined) return undefined;
  const stated = metadata.threshold ?? metadata.groups.length;
  return stated === threshold ? undefined : `the file needs ${stated} of its groups, the policy ${threshold}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** Compares an age file with its rule, by the tags of its ssh stanzas and the number of the others. */
export function ageDrift(policy: Policy, rule: PolicyRule, inspection: AgeInspection): FileDrift {
  const keys = rule.groups.flat().filter(({ type }) => type === "age");
  const drift = recipientDrift(
    inspection,
    keys.flatMap(({ id }) => recipientOf(id) ?? []),
  );
  const named = (texts: readonly string[]): FileReader[] => texts.map((id) => fileReader(policy, { type: "age", id }));
  return {
    status: drift.status,
    missing: named(drift.missing),
    extra: drift.extra.map((text) => strangerOf(policy, inspection, text)),
    undecided: named(drift.undecided),
    groups: undefined,
  };
}

/** Whose stanza it is: its tag may be that of somebody known. */
function strangerOf(policy: Policy, { recipients }: AgeInspection, text: string): FileReader {
  const stanza = recipients.find(({ stanza: { type }, tag }) => text === (tag === undefined ? type : `${type} ${tag}`));
  for (const reader of policy.readers) {
    for (const key of reader.keys) {
      const recipient = stanza?.kind === "ssh" ? recipientOf(key.id) : undefined;
      if (stanza !== undefined && recipient !== undefined && matchStanza(stanza, recipient) === "yes")
        return { reader: reader.name, kind: reader.kind, key };
    }
  }
  return { reader: text, kind: "key" };
}

function recipientOf(id: string): AgeRecipient | undefined {
  try {
    return parseRecipient(id);
  } catch (error) {
    if (FlurryError.is(error)) return undefined;
    throw error;
  }
}

function fileReader(policy: Policy, key: PolicyKey): FileReader {
  const { name, kind } = readerOf(policy, key);
  return { reader: name, kind, key };
}
