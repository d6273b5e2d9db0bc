import type { Issue } from "@flurry/core";

import type { PolicyFile } from "../../rekey/plan.ts";
import { canonicalKey, isSshForm, shortKey } from "../policy-key.ts";
import type { PolicyKey } from "../policy-key.ts";
import { readerOf } from "../policy.ts";
import type { Policy, PolicyRule, Reader } from "../policy.ts";
import { finding, listed } from "./finding.ts";

/** What the checks of a policy know beside it. */
export interface PolicyCheckContext {
  readonly files: readonly PolicyFile[];
  /** Hosts with the recipients of their pinned keys; empty without a fleet. */
  readonly hosts: readonly Reader[];
}

/** One check of a policy. */
export type PolicyCheck = (policy: Policy, context: PolicyCheckContext) => readonly Issue[];

/** Rules that cover no file, or only files that an earlier rule takes. */
const rulesWithoutFiles: PolicyCheck = (policy, { files }) =>
  policy.rules.flatMap((rule, index): readonly Issue[] => {
    if (files.some((file) => file.rule === rule)) return [];
    // It is reported as unreachable already.
    if (policy.issues.some(({ code, place }) => code === "rule-unreachable" && place?.line === rule.place?.line))
      return [];
    const taken = files.filter((file) => isSecret(file) && rule.matches(file.path));
    const [first] = taken;
    const earlier = policy.rules.slice(0, index).find((one) => one === first?.rule);
    if (first !== undefined && earlier !== undefined) {
      const names = listed(taken.map(({ path }) => path));
      const message = `The rule ${rule.name} never decides: an earlier one, ${earlier.name}, takes ${names}`;
      return [finding("rule-shadowed", message, { place: rule.place, hint: "Put the narrower rule first." })];
    }
    if (rule.covers === "everything" || policy.backend === "agenix") return [];
    return [
      finding("rule-without-files", `There is no file for the rule ${rule.name}`, {
        place: rule.place,
        severity: "warning",
      }),
    ];
  });

function isSecret({ file }: PolicyFile): boolean {
  return file.kind === "sops" || file.kind === "age";
}

/** Files that only machines can read are lost with the machine. */
const noAdmin: PolicyCheck = (policy) =>
  policy.rules.flatMap((rule): readonly Issue[] => {
    const readers = readersOf(policy, rule);
    if (readers.length === 0 || readers.some(({ kind }) => kind !== "host")) return [];
    return [
      finding("no-admin", `Only hosts (${listed(readers.map(({ name }) => name))}) can read what ${rule.name} covers`, {
        place: rule.place,
        severity: "warning",
        hint: "Add a person, or nobody can rekey the files and they are lost with the host.",
      }),
    ];
  });

function readersOf(policy: Policy, { groups }: PolicyRule): Reader[] {
  return groups.flat().map((key) => readerOf(policy, key));
}

/** An ssh key where the consumer wants the key that is converted from it. */
const wrongForm: PolicyCheck = (policy) => {
  if (policy.backend !== "sops") return [];
  const keys = new Map<string, PolicyKey>();
  for (const { groups } of policy.rules)
    for (const key of groups.flat()) if (isSshForm(key)) keys.set(canonicalKey(key), key);
  return [...keys.values()].flatMap((key): readonly Issue[] => {
    const { name, kind } = readerOf(policy, key);
    if (kind === "admin") return [];
    return [
      finding("ssh-form", `sops-nix cannot open files that are encrypted to an ssh key itself, as that of ${name}`, {
        place: key.place,
        severity: kind === "host" ? "error" : "warning",
        hint: "Give the age key that is converted from it (ssh-to-age); flurry secrets add-host does.",
      }),
    ];
  });
};

/** A host whose key in the policy is not the one that is pinned for it. */
const otherHostKey: PolicyCheck = (policy, { hosts }) =>
  policy.readers.flatMap((reader): readonly Issue[] => {
    const pinned = hosts.find(({ name }) => name === reader.name)?.keys ?? [];
    const own = new Set(pinned.map(canonicalKey));
    const [key] = reader.keys;
    if (pinned.length === 0 || key === undefined || reader.keys.some((one) => own.has(canonicalKey(one)))) return [];
    return [
      finding("host-key-differs", `The key of ${reader.name} here is not the one that is pinned for the host`, {
        place: key.place,
        hint: `The pinned key gives ${pinned.map(shortKey).join(" or ")}. Was the host installed anew? flurry secrets add-host ${reader.name} --replace --key …`,
      }),
    ];
  });

export const policyChecks: readonly PolicyCheck[] = [rulesWithoutFiles, noAdmin, wrongForm, otherHostKey];
