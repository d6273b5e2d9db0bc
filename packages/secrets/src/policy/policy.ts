import type { Issue, Place } from "@flurry/core";

import type { KeyType } from "../sops/master-key.ts";
import type { Selector } from "../sops/selection.ts";
import { canonicalKey, shortKey } from "./policy-key.ts";
import type { PolicyKey } from "./policy-key.ts";

/** Somebody who may read files. */
export interface Reader {
  /** What people call them: the name in the fleet, of an anchor, in a comment; of a key without a name its short form. */
  readonly name: string;
  /** `key`: nothing says whether a person or a machine holds it. */
  readonly kind: "admin" | "host" | "key";
  readonly keys: readonly PolicyKey[];
}

/** Who may read the files that one pattern covers. */
export interface PolicyRule {
  /** The pattern or path as it stands in the source; `(everything)` where there is none. */
  readonly name: string;
  /** `file` names one file; `everything` is a catch-all, which says nothing about what a file holds. */
  readonly covers: "file" | "pattern" | "everything";
  /** @param path - of a file, relative to {@link Policy.root}, with `/` */
  matches(path: string): boolean;
  /** Keys of one group open a file alone; with several groups, keys of {@link threshold} of them do together. */
  readonly groups: readonly (readonly PolicyKey[])[];
  /** Groups that are needed, where the source says so. */
  readonly threshold: number | undefined;
  /** What is encrypted, where the source says so. */
  readonly selector: Selector | undefined;
  readonly macOnlyEncrypted: boolean;
  /** For agenix: whether the file is in ASCII armor. */
  readonly armor: boolean;
  readonly place: Place | undefined;
}

/** Where a policy is written down. */
export interface PolicySource {
  readonly kind: "fleet" | "sops-config" | "agenix-rules";
  /** The file, as messages name it. */
  readonly file: string;
  /** Its absolute path. */
  readonly path: string;
}

/** Who may read which file, from whichever source. */
export interface Policy {
  readonly source: PolicySource;
  readonly backend: "sops" | "agenix";
  /** The absolute folder that paths are relative to. */
  readonly root: string;
  /** Everybody with a name, admins first. */
  readonly readers: readonly Reader[];
  /** The first that matches a path is the one that counts. */
  readonly rules: readonly PolicyRule[];
  /** What is wrong or odd about the source itself. */
  readonly issues: readonly Issue[];
}

/** The rule that decides about a file; undefined where none covers it. */
export function ruleFor({ rules }: Policy, path: string): PolicyRule | undefined {
  return rules.find((rule) => rule.matches(path));
}

const indexes = new WeakMap<readonly Reader[], ReadonlyMap<string, Reader>>();

/** Who holds a key; a key that belongs to nobody known is a reader of its own. */
export function readerOf(
  { readers }: Pick<Policy, "readers">,
  key: { readonly type: KeyType; readonly id: string },
): Reader {
  let index = indexes.get(readers);
  if (index === undefined) {
    index = new Map(readers.flatMap((reader) => reader.keys.map((one) => [canonicalKey(one), reader] as const)));
    indexes.set(readers, index);
  }
  return index.get(canonicalKey(key)) ?? { name: shortKey(key), kind: "key", keys: [key] };
}
