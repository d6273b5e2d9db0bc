import { FlurryError, nearestName } from "@flurry/core";

import { canonicalKey, keyOfText } from "./policy-key.ts";
import { readerOf, ruleFor } from "./policy.ts";
import type { Policy, PolicyRule, Reader } from "./policy.ts";

/** A rule that changes, and why this one. */
export interface ChosenRule {
  readonly rule: PolicyRule;
  readonly why: string;
}

/** Which files a new host is to read. */
export interface HostRulesRequest {
  readonly name: string;
  readonly files?: readonly string[];
  readonly like?: string;
}

/**
 * The rules that a new host comes to: those of the files that are named, those of a host that it is like, or else those
 * that are called after it and those that every host reads.
 *
 * @throws FlurryError FLURRY_POLICY_NO_RULE, FLURRY_POLICY_NAME_UNKNOWN
 */
export function rulesForHost(policy: Policy, { name, files, like }: HostRulesRequest): readonly ChosenRule[] {
  const found = new Map<PolicyRule, string>();
  for (const file of files ?? []) {
    const rule = policy.rules.find((one) => one.name === file) ?? ruleFor(policy, file);
    if (rule === undefined) {
      throw new FlurryError("FLURRY_POLICY_NO_RULE", `No rule of ${policy.source.file} covers ${file}`, {
        place: { file: policy.source.file },
        hint: "Add a rule for it, or name a file that has one.",
      });
    }
    found.set(rule, `${file} was asked for`);
  }
  if (like !== undefined) {
    const model = namedReader(policy, like);
    for (const rule of policy.rules) if (reads(rule, model)) found.set(rule, `${like} reads it`);
  }
  // What a fleet's selectors say needs no guess.
  if (files === undefined && like === undefined && policy.source.kind !== "fleet") {
    for (const rule of policy.rules) {
      if (namesHost(rule.name, name)) found.set(rule, `it is called after ${name}`);
      else if (isForAllHosts(policy, rule, name)) found.set(rule, "every host reads it");
    }
    if (found.size === 0) {
      throw new FlurryError(
        "FLURRY_POLICY_NO_RULE",
        `No rule of ${policy.source.file} is for ${name} or for all hosts`,
        {
          place: { file: policy.source.file },
          hint: "Say which files it is to read (--file FILE), or which host or admin it is like (--like NAME).",
        },
      );
    }
  }
  return [...found].map(([rule, why]) => ({ rule, why }));
}

/** A file of a single host is nobody else's, also when there is only one host. */
function isForAllHosts({ readers }: Policy, rule: PolicyRule, name: string): boolean {
  const hosts = readers.filter((reader) => reader.kind === "host" && reader.name !== name && reader.keys.length > 0);
  if (hosts.length === 0 || hosts.some((host) => namesHost(rule.name, host.name))) return false;
  const saysAll = /(?:^|[^a-z])(?:all|common|shared|fleet|global|default|every\w*)(?:[^a-z]|$)/i.test(rule.name);
  return (hosts.length > 1 || saysAll) && hosts.every((host) => reads(rule, host));
}

/** Whether a rule names a key of somebody. */
export function reads({ groups }: PolicyRule, { keys }: Reader): boolean {
  const own = new Set(keys.map(canonicalKey));
  return groups.flat().some((key) => own.has(canonicalKey(key)));
}

function namesHost(pattern: string, name: string): boolean {
  const plain = pattern.replaceAll(/\\(.)/g, "$1");
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`(?:^|[^A-Za-z0-9_-])${escaped}(?:[^A-Za-z0-9_-]|$)`).test(plain);
}

/**
 * Finds who is meant by a name.
 *
 * @throws FlurryError FLURRY_POLICY_NAME_UNKNOWN
 */
export function namedReader(policy: Policy, name: string): Reader {
  const found = policy.readers.find((reader) => reader.name === name);
  if (found !== undefined) return found;
  const byKey = policy.source.kind === "sops-config" ? readerByKey(policy, name) : undefined;
  if (byKey !== undefined) return byKey;
  const names = policy.readers.map((reader) => reader.name);
  const nearest = nearestName(name, names);
  throw new FlurryError("FLURRY_POLICY_NAME_UNKNOWN", `${policy.source.file} knows nobody called ${name}`, {
    place: { file: policy.source.file },
    hint:
      nearest === undefined
        ? `It knows: ${names.join(", ") || "nobody by name, so name the key"}.`
        : `Did you mean ${nearest}?`,
  });
}

/** Who has a key that the rules name: in a text of keys with commas nobody has a name. */
function readerByKey(policy: Policy, text: string): Reader | undefined {
  const asked = keyOfText(text.trim());
  if (asked === undefined) return undefined;
  const key = policy.rules
    .flatMap(({ groups }) => groups.flat())
    .find((one) => canonicalKey(one) === canonicalKey(asked));
  return key === undefined ? undefined : { ...readerOf(policy, key), keys: [key] };
}
