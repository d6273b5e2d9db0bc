import { FlurryError } from "@flurry/core";

import type { LoadedPolicy } from "../load-policy.ts";
import { canonicalKey } from "../policy-key.ts";
import type { PolicyKey } from "../policy-key.ts";
import type { Policy, PolicyRule } from "../policy.ts";
import type { ChosenRule } from "../rules-for-host.ts";

/** A change of the file that a policy is written in, not yet written. */
export interface PolicyChange {
  readonly before: Policy;
  readonly after: Policy;
  /** The new text of the source; undefined where it stays as it is. */
  readonly text: string | undefined;
  /** The text that it takes the place of. */
  readonly oldText: string | undefined;
  /** The rules that change, and why these. */
  readonly rules: readonly ChosenRule[];
}

/** What a change is to do, and nothing else. */
export interface IntendedChange {
  readonly rules: PolicyChange["rules"];
  /** The key that these rules are to have. */
  readonly added: PolicyKey | undefined;
  /** The keys that no rule is to have any more. */
  readonly removed: readonly PolicyKey[];
}

/**
 * Reads the new text and makes sure that it says what was meant and nothing else.
 *
 * @param text - undefined where nothing changes
 * @throws FlurryError FLURRY_POLICY_EDIT_UNSAFE
 */
export async function checkedChange(
  loaded: LoadedPolicy,
  text: string | undefined,
  change: IntendedChange,
): Promise<PolicyChange> {
  const { policy: before, text: oldText } = loaded;
  const { rules } = change;
  if (text === undefined) return { before, after: before, text, oldText, rules };
  const after = await loaded.reread(text);
  const isMeant =
    othersAreSame(before, after, change) &&
    isGone(after, change.removed) &&
    (change.added === undefined || isWhereMeant(before, after, { rules, added: change.added }));
  if (!isMeant) throw byHand(before, "Change the readers of these rules yourself");
  return { before, after, text, oldText, rules };
}

/** The rules have their names and order, and the keys that are neither added nor removed. */
function othersAreSame(before: Policy, after: Policy, { added, removed }: IntendedChange): boolean {
  const ignored = new Set([...removed, ...(added === undefined ? [] : [added])].map(canonicalKey));
  const named = ({ rules }: Policy): string =>
    JSON.stringify(rules.map((rule) => [rule.name, keysWithout(rule, ignored)]));
  return named(before) === named(after);
}

function isGone({ rules }: Policy, removed: readonly PolicyKey[]): boolean {
  return !rules.some((rule) => removed.some((key) => hasKey(rule, key)));
}

function isWhereMeant(
  before: Policy,
  after: Policy,
  { rules, added }: { readonly rules: PolicyChange["rules"]; readonly added: PolicyKey },
): boolean {
  return after.rules.every((rule, index) => {
    const old = before.rules[index];
    if (rules.some((chosen) => chosen.rule === old)) return hasKey(rule, added);
    // Selectors of a fleet give the key to further files, as they are meant to.
    return before.source.kind === "fleet" || !hasKey(rule, added) || (old !== undefined && hasKey(old, added));
  });
}

function hasKey({ groups }: PolicyRule, key: PolicyKey): boolean {
  const id = canonicalKey(key);
  return groups.flat().some((one) => canonicalKey(one) === id);
}

function keysWithout({ groups }: PolicyRule, ignored: ReadonlySet<string>): readonly (readonly string[])[] {
  return groups.map((group) =>
    group
      .map(canonicalKey)
      .filter((id) => !ignored.has(id))
      .toSorted(),
  );
}

/**
 * The text of the file that a policy is written in.
 *
 * @throws FlurryError FLURRY_POLICY_EDIT_UNSAFE where it is a program's
 */
export function sourceText({ policy, text }: LoadedPolicy): string {
  if (text !== undefined) return text;
  throw byHand(policy, "It is a program");
}

/** What a program cannot change; the hint says what people are to write. */
export function byHand({ source, rules }: Policy, what: string): FlurryError {
  return new FlurryError("FLURRY_POLICY_EDIT_UNSAFE", `${source.file} cannot be changed by a program without risk`, {
    place: rules[0]?.place ?? { file: source.file },
    hint: `${what}, then run flurry secrets rekey.`,
  });
}
