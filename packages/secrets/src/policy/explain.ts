import type { PolicyFile } from "../rekey/plan.ts";
import { accessOf, allReaders } from "./matrix.ts";
import type { Access } from "./matrix.ts";
import { canonicalKey, isSshForm } from "./policy-key.ts";
import type { PolicyKey } from "./policy-key.ts";
import type { Policy, PolicyRule, Reader } from "./policy.ts";

/** Why somebody can read a file, or cannot. */
export interface AccessExplanation {
  readonly reader: string;
  readonly path: string;
  readonly access: Access;
  /** The rule that decides; undefined where none covers the file. */
  readonly rule: PolicyRule | undefined;
  /** Rules that match the file as well, and come too late. */
  readonly shadowed: readonly PolicyRule[];
  /** The keys by which the policy lets them read it. */
  readonly policyKeys: readonly PolicyKey[];
  /** The keys of theirs that the file is encrypted to. */
  readonly fileKeys: readonly PolicyKey[];
  /** Key groups that must come together, and how many; undefined where each key opens the file alone. */
  readonly together: { readonly groups: number; readonly needed: number } | undefined;
  /** Keys that the consumer on the host cannot use: sops-nix opens only what is encrypted to the converted key. */
  readonly unusable: readonly PolicyKey[];
}

/** Explains what somebody has to do with a file; needs no key. */
export function explainAccess(policy: Policy, file: PolicyFile, reader: Reader): AccessExplanation {
  const own = new Set(reader.keys.map(canonicalKey));
  const mine = (keys: readonly PolicyKey[]): PolicyKey[] => keys.filter((key) => own.has(canonicalKey(key)));
  const { rule } = file;
  const inFile = file.file.kind === "sops" ? file.file.file.metadata.groups : [];
  const matching = policy.rules.filter((one) => one.matches(file.path));
  const fileKeys = mine(inFile.flat().map(({ type, id }) => ({ type, id })));
  const threshold = file.file.kind === "sops" ? file.file.file.metadata.threshold : undefined;
  return {
    reader: reader.name,
    path: file.path,
    access: accessOf(file, reader),
    rule,
    shadowed: matching.filter((one) => one !== rule),
    policyKeys: mine(rule?.groups.flat() ?? []),
    fileKeys,
    together: inFile.length > 1 ? { groups: inFile.length, needed: threshold ?? inFile.length } : undefined,
    unusable: policy.backend === "sops" && reader.kind === "host" ? fileKeys.filter(isSshForm) : [],
  };
}

/** Somebody by name, also one who only a file knows; undefined for nobody. */
export function findReader(policy: Policy, files: readonly PolicyFile[], name: string): Reader | undefined {
  return allReaders(policy, files).find((reader) => reader.name === name);
}
