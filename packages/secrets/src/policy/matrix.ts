import type { PolicyFile } from "../rekey/plan.ts";
import { canonicalKey } from "./policy-key.ts";
import { readerOf } from "./policy.ts";
import type { Policy, Reader } from "./policy.ts";

/**
 * What a reader has to do with a file. `reads`: by the policy and by the file. `missing`: by the policy and not by the
 * file, which has to be rekeyed. `extra`: by the file and not by the policy. `likely`: by the policy; the file does not
 * tell. `clear`: the file is not encrypted, so whoever has the repository reads it. `none`: by neither.
 */
export type Access = "reads" | "missing" | "extra" | "likely" | "clear" | "none";

/** A file of {@link AccessMatrix}. */
export interface MatrixRow {
  readonly path: string;
  /** The rule that decides; undefined where none covers the file. */
  readonly rule: string | undefined;
  /** One for each reader, in their order. */
  readonly access: readonly Access[];
}

/** Who reads what. */
export interface AccessMatrix {
  readonly readers: readonly { readonly name: string; readonly kind: Reader["kind"] }[];
  readonly rows: readonly MatrixRow[];
}

/** Who reads what, by the policy and by the files themselves; needs no key. */
export function accessMatrix(policy: Policy, files: readonly PolicyFile[]): AccessMatrix {
  const readers = allReaders(policy, files);
  const rows = files
    .filter(({ file, rule }) => file.kind !== "plain" || (rule !== undefined && rule.covers !== "everything"))
    .filter(({ file }) => file.kind !== "absent" && file.kind !== "link")
    .map((file): MatrixRow => ({
      path: file.path,
      rule: file.rule?.name,
      access: readers.map((reader) => accessOf(file, reader)),
    }));
  return { readers: readers.map(({ name, kind }) => ({ name, kind })), rows };
}

/** Everybody whom the policy names or a file is encrypted to. */
export function allReaders(policy: Policy, files: readonly PolicyFile[]): Reader[] {
  const readers = new Map(policy.readers.map((reader) => [reader.name, reader]));
  const add = (key: Parameters<typeof readerOf>[1]): void => {
    const reader = readerOf(policy, key);
    if (!readers.has(reader.name)) readers.set(reader.name, reader);
  };
  for (const { groups } of policy.rules) for (const key of groups.flat()) add(key);
  for (const { file, drift } of files) {
    if (file.kind === "sops") for (const key of file.file.metadata.groups.flat()) add(key);
    for (const { reader, kind, key } of drift?.extra ?? [])
      if (!readers.has(reader)) readers.set(reader, { name: reader, kind, keys: key === undefined ? [] : [key] });
  }
  return [...readers.values()];
}

/** What one reader has to do with one file. */
export function accessOf(policyFile: PolicyFile, reader: Reader): Access {
  const { file, rule } = policyFile;
  const own = new Set(reader.keys.map(canonicalKey));
  const wanted = rule?.groups.flat().some((key) => own.has(canonicalKey(key))) ?? false;
  switch (file.kind) {
    case "plain":
      return "clear";
    case "sops": {
      const has = file.file.metadata.groups.flat().some((key) => own.has(canonicalKey(key)));
      if (wanted) return has ? "reads" : "missing";
      return has ? "extra" : "none";
    }
    case "age":
      return accessToAge(policyFile, reader, wanted ? "wanted" : "unwanted");
    case "unreadable":
    case "link":
    case "absent":
      return "none";
  }
}

function accessToAge({ drift }: PolicyFile, { name }: Reader, policy: "wanted" | "unwanted"): Access {
  const has = (list: readonly { readonly reader: string }[] = []): boolean =>
    list.some(({ reader }) => reader === name);
  if (has(drift?.extra)) return "extra";
  if (policy === "unwanted") return "none";
  if (has(drift?.missing)) return "missing";
  return has(drift?.undecided) ? "likely" : "reads";
}
