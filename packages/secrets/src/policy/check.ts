import type { Issue } from "@flurry/core";

import type { PolicyFile } from "../rekey/plan.ts";
import { fileChecks } from "./checks/file-checks.ts";
import { policyChecks } from "./checks/policy-checks.ts";
import type { Policy, Reader } from "./policy.ts";

/** What a check knows beside the policy and the files. */
export interface CheckPolicyOptions {
  /** How findings name a file. Default: its path relative to the policy's root. */
  readonly name?: (path: string) => string;
  /** Hosts with the recipients of their pinned keys, to compare with. */
  readonly hosts?: readonly Reader[];
}

/**
 * Everything that is wrong with a policy and its files and can be told without a key: each finding has the name of its
 * rule as code, a place, and mostly a hint. In the order of places.
 *
 * Of the policy: `unknown-config-key`, `config-invalid`, `path-regex-invalid`, `accidental-groups`, `threshold-invalid`,
 * `keys-ignored`, `nested-keys`, `recipient-invalid`, `rule-without-keys`, `rule-unreachable`, `rule-shadowed`,
 * `rule-without-files`, `selectors-clash`, `no-admin`, `ssh-form`, `host-key-differs`, `host-without-key`.
 * Of files: `not-encrypted`, `maybe-not-encrypted`, `value-not-encrypted`, `reader-missing`, `reader-extra`,
 * `groups-differ`, `no-rule`, `selector-differs`, `mac-differs`, `unreadable`, `link`, `absent`, `no-mac`,
 * `sealed-but-not-selected`, `list-comment`, `repeated-recipient`, `repeated-key`, `unknown-field`.
 */
export function checkPolicy(
  policy: Policy,
  files: readonly PolicyFile[],
  { name = (path) => path, hosts = [] }: CheckPolicyOptions = {},
): readonly Issue[] {
  const found = [
    ...policy.issues,
    ...policyChecks.flatMap((check) => check(policy, { files, hosts })),
    ...files.flatMap((file) => fileChecks.flatMap((check) => check(file, { name, policyFile: policy.source.file }))),
  ];
  return found.toSorted(byPlace);
}

function byPlace({ place: one }: Issue, { place: other }: Issue): number {
  const [a, b] = [one?.file ?? "", other?.file ?? ""];
  if (a !== b) return a < b ? -1 : 1;
  return positionOf(one) - positionOf(other);
}

/** Columns beyond a million are in the next line, as far as the order goes. */
function positionOf(place: Issue["place"]): number {
  return (place?.line ?? 0) * 1_000_000 + (place?.column ?? 0);
}
