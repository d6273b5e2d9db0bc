import { dirname } from "node:path";

import { nearestName } from "@flurry/core";
import type { Issue, Place } from "@flurry/core";
import { RE2JS } from "re2js";

import { selectorKinds } from "../sops/selection.ts";
import type { Selector } from "../sops/selection.ts";
import { entriesOfMap, issueAt, itemsOfList, readPlacedYaml, textOfScalar } from "./placed-yaml.ts";
import type { PlacedEntry, PlacedYaml } from "./placed-yaml.ts";
import type { PolicyKey } from "./policy-key.ts";
import { readFlatKeys, readKeyGroup } from "./sops-config-keys.ts";

/** One of the `creation_rules` of a `.sops.yaml`. */
export interface SopsConfigRule {
  /** Looked for anywhere in the path; undefined for a rule that takes every file. */
  readonly pathRegex: string | undefined;
  readonly matches: (path: string) => boolean;
  readonly groups: readonly (readonly PolicyKey[])[];
  readonly threshold: number | undefined;
  readonly selector: Selector | undefined;
  readonly macOnlyEncrypted: boolean;
  readonly place: Place;
}

/** The content of a `.sops.yaml`, as far as it decides who may read what. */
export interface SopsConfig {
  readonly yaml: PlacedYaml;
  /** The folder that paths are relative to: that of the file. */
  readonly root: string;
  readonly rules: readonly SopsConfigRule[];
  readonly issues: readonly Issue[];
}

/** What `sops` reads at the top; other names are free, and used for anchors. */
const topLevelKeys = ["creation_rules", "destination_rules", "stores"];

/** What `sops` reads in a rule. Source: `creationRule` of config/config.go, 3.13. */
const flatKeyNames = ["age", "pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri"] as const;
const ruleKeys = [
  "path_regex",
  "aws_profile",
  ...flatKeyNames,
  "key_groups",
  "shamir_threshold",
  ...selectorKinds,
  "mac_only_encrypted",
];

/** Takes what is odd about a configuration. */
export type Report = (
  node: unknown,
  issue: Pick<Issue, "code" | "message" | "severity"> & { readonly hint?: string | undefined },
) => void;

/**
 * Reads a `.sops.yaml` as `sops` does, and reports what `sops` passes over: unknown keys, keys that are ignored, rules
 * that can never match.
 *
 * @param path - absolute
 * @param file - names it in messages
 * @throws FlurryError FLURRY_POLICY_INVALID for what is no YAML
 */
export function readSopsConfig(text: string, path: string, file: string = path): SopsConfig {
  const yaml = readPlacedYaml(text, file);
  const issues: Issue[] = [];
  const report: Report = (node, issue) => void issues.push(issueAt(yaml, node, issue));
  const entries = entriesOfMap(yaml, yaml.document.contents);
  if (entries === undefined) {
    report(yaml.document.contents, wrong("the file is to be a mapping with creation_rules"));
    return { yaml, root: dirname(path), rules: [], issues };
  }
  for (const { key, keyNode } of entries) {
    if (topLevelKeys.includes(key)) continue;
    const nearest = nearestName(key, topLevelKeys);
    if (nearest !== undefined) report(keyNode, unknownKey(key, nearest));
  }
  const listed = entries.find(({ key }) => key === "creation_rules");
  const items = listed === undefined ? [] : itemsOfList(yaml, listed.value);
  if (items === undefined) report(listed?.value ?? listed?.keyNode, wrong("creation_rules is to be a list"));
  const rules = (items ?? []).flatMap((item) => readRule(yaml, item, report));
  reportUnreachable(rules, issues);
  return { yaml, root: dirname(path), rules, issues };
}

function readRule(yaml: PlacedYaml, item: unknown, report: Report): SopsConfigRule[] {
  const entries = entriesOfMap(yaml, item);
  if (entries === undefined) {
    report(item, wrong("a rule is to be a mapping"));
    return [];
  }
  for (const { key, keyNode } of entries) {
    if (!ruleKeys.includes(key)) report(keyNode, unknownKey(key, nearestName(key, ruleKeys)));
  }
  const find = (name: string): PlacedEntry | undefined => entries.find(({ key }) => key === name);
  const pathRegex = textOfScalar(yaml, find("path_regex")?.value) ?? "";
  const matches = matcherOf(pathRegex, (hint) =>
    report(find("path_regex")?.value, {
      code: "path-regex-invalid",
      severity: "error",
      message: `The path_regex ${JSON.stringify(pathRegex)} does not compile, and sops stops at it`,
      hint,
    }),
  );
  const groups = readGroups(yaml, { entries, item, find, report });
  const threshold = wholeNumber(textOfScalar(yaml, find("shamir_threshold")?.value));
  if (groups.length > 1) reportGroups(groups, threshold, { yaml, find, report });
  return [
    {
      pathRegex: pathRegex === "" ? undefined : pathRegex,
      matches,
      groups,
      threshold: threshold === 0 ? undefined : threshold,
      selector: readSelector(yaml, entries, report),
      macOnlyEncrypted: textOfScalar(yaml, find("mac_only_encrypted")?.value) === "true",
      place: yaml.place(find("path_regex")?.keyNode ?? item),
    },
  ];
}

function matcherOf(pathRegex: string, invalid: (hint: string) => void): (path: string) => boolean {
  if (pathRegex === "") return () => true;
  try {
    const expression = RE2JS.compile(pathRegex);
    return (path) => expression.matcher(path).find();
  } catch {
    invalid("Expressions are of the RE2 dialect: no lookaround and no backreferences.");
    return () => false;
  }
}

interface RuleSource {
  readonly entries: readonly PlacedEntry[];
  readonly item: unknown;
  readonly find: (name: string) => PlacedEntry | undefined;
  readonly report: Report;
}

function readGroups(yaml: PlacedYaml, { entries, item, find, report }: RuleSource): (readonly PolicyKey[])[] {
  const stated = find("key_groups");
  const items = stated === undefined ? [] : itemsOfList(yaml, stated.value);
  if (items === undefined) report(stated?.value ?? stated?.keyNode, wrong("key_groups is to be a list"));
  const flat = entries.filter(({ key }) => flatKeyNames.some((name) => name === key));
  if (items !== undefined && items.length > 0) {
    for (const { key, keyNode } of flat) {
      report(keyNode, {
        code: "keys-ignored",
        severity: "error",
        message: `sops ignores ${key} here, because the rule has key_groups`,
        hint: "Move these keys into a group, or remove key_groups.",
      });
    }
    return items.map((group) => readKeyGroup(yaml, group, report));
  }
  const keys = readFlatKeys(yaml, flat, report);
  if (keys.length === 0) {
    report(item, {
      code: "rule-without-keys",
      severity: "error",
      message: "The rule names no key, so nothing can be encrypted by it",
    });
    return [];
  }
  return [keys];
}

function reportGroups(
  groups: readonly (readonly PolicyKey[])[],
  threshold: number | undefined,
  { yaml, find, report }: { readonly yaml: PlacedYaml } & Pick<RuleSource, "find" | "report">,
): void {
  const [, second] = itemsOfList(yaml, find("key_groups")?.value) ?? [];
  if (threshold === undefined) {
    report(second, {
      code: "accidental-groups",
      severity: "error",
      message: `The rule has ${groups.length} key groups, so a key of each of them is needed to open a file`,
      hint: "If each key alone is to open it, remove the dash in front of this group; else say shamir_threshold.",
    });
  } else if (threshold > groups.length || threshold < 0) {
    report(find("shamir_threshold")?.value, {
      code: "threshold-invalid",
      severity: "error",
      message: `shamir_threshold is ${threshold}, and there are ${groups.length} groups`,
    });
  }
}

function readSelector(yaml: PlacedYaml, entries: readonly PlacedEntry[], report: Report): Selector | undefined {
  const stated = entries.flatMap(({ key, value, keyNode }) => {
    const kind = selectorKinds.find((one) => one === key);
    const pattern = textOfScalar(yaml, value);
    return kind === undefined || pattern === undefined || pattern === ""
      ? []
      : [{ selector: { kind, pattern }, keyNode }];
  });
  const [first, second] = stated;
  if (second !== undefined) {
    report(second.keyNode, {
      code: "selectors-clash",
      severity: "error",
      message: `A rule has only one of ${selectorKinds.join(", ")}`,
    });
  }
  return first?.selector;
}

function reportUnreachable(rules: readonly SopsConfigRule[], issues: Issue[]): void {
  const all = rules.findIndex(({ pathRegex }) => pathRegex === undefined || /^\^?(?:\.\*)?\$?$/.test(pathRegex));
  if (all === -1) return;
  for (const { place } of rules.slice(all + 1)) {
    issues.push({
      code: "rule-unreachable",
      severity: "error",
      message: `No file ever gets to this rule: that of line ${rules[all]?.place.line ?? "?"} takes every file before it`,
      path: [],
      place,
      hint: "Move the rule that takes every file to the end.",
    });
  }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

function unknownKey(key: string, nearest: string | undefined): Omit<Issue, "path"> {
  return {
    code: "unknown-config-key",
    severity: "error",
    message: `sops knows no ${JSON.stringify(key)} and passes over it without a word`,
    hint: nearest === undefined ? "Remove it." : `Did you mean "${nearest}"?`,
  };
}

/** An issue for something of the wrong shape. */
function wrong(message: string): Omit<Issue, "path"> {
  return { code: "config-invalid", severity: "error", message };
}
