import { isSeq } from "yaml";
import type { Scalar } from "yaml";

import type { PlacedYaml } from "./placed-yaml.ts";
import { visitScalars } from "./placed-yaml.ts";
import { canonicalKey, keyOfText } from "./policy-key.ts";
import type { PolicyKey } from "./policy-key.ts";
import type { Reader } from "./policy.ts";

const hostWords = /^(?:hosts?|machines?|servers?|systems?|nodes?)$/i;
const adminWords = /^(?:users?|admins?|people|persons?|humans?|operators?|owners?)$/i;

/**
 * What people call the keys of a `.sops.yaml`: by their anchor (`&nas age1…`), else by a word in a comment after or
 * above them, else by the comment of an ssh key. Whether one is a person or a machine is told by the list that it stands
 * in (`hosts:`, `&users`) or by the beginning of its name (`host_nas`, `admin_alice`).
 *
 * @param known - readers that are named elsewhere, for example the hosts of the fleet; their names win
 */
export function readersOfYaml(yaml: PlacedYaml, keys: readonly PolicyKey[], known: readonly Reader[]): Reader[] {
  const named = new Map<string, NamedKey>();
  const anchored: PolicyKey[] = [];
  visitScalars(yaml, (scalar, inside, list) => {
    const key = typeof scalar.value === "string" ? keyOfText(scalar.value.trim()) : undefined;
    const name = scalar.anchor ?? (isSeq(list) ? nameInComment(scalar) : undefined);
    if (name === undefined || key === undefined) return;
    if (scalar.anchor !== undefined) anchored.push({ ...key, place: yaml.place(scalar) });
    const id = canonicalKey(key);
    if (!named.has(id)) named.set(id, { name, kind: kindOf(name, inside) });
  });
  // Where hosts have a list of their own, the others are people, and the other way round.
  const kinds = new Set([...named.values()].map(({ kind }) => kind));
  const rest = kinds.has("host") === kinds.has("admin") ? "key" : kinds.has("host") ? "admin" : "host";
  const nameOf = (key: PolicyKey): NamedKey | undefined => {
    const found = named.get(canonicalKey(key)) ?? nameOfSshKey(key);
    return found?.kind === "key" ? { ...found, kind: rest } : found;
  };
  return groupReaders([...anchored, ...keys], nameOf, known);
}

interface NamedKey {
  readonly name: string;
  readonly kind: Reader["kind"];
}

/** Readers by their names; keys of one name, and keys `name__2` that belong to `name`, come together. */
export function groupReaders(
  keys: readonly PolicyKey[],
  nameOf: (key: PolicyKey) => NamedKey | undefined,
  known: readonly Reader[],
): Reader[] {
  const knownNames = new Map(known.flatMap((reader) => reader.keys.map((key) => [canonicalKey(key), reader] as const)));
  const distinct = new Map(keys.map((key) => [canonicalKey(key), key]));
  const names = new Set([...distinct.values()].flatMap((key) => nameOf(key)?.name ?? []));
  const readers = new Map<string, { kind: Reader["kind"]; keys: PolicyKey[] }>();
  for (const [id, key] of distinct) {
    const from = knownNames.get(id) ?? nameOf(key);
    if (from === undefined) continue;
    const base = from.name.replace(/__\d+$/, "");
    const name = names.has(base) ? base : from.name;
    const byName = known.find((reader) => reader.name === name);
    const reader = readers.get(name) ?? { kind: byName?.kind ?? from.kind, keys: [] };
    readers.set(name, { ...reader, keys: [...reader.keys, key] });
  }
  const order = { admin: 0, key: 1, host: 2 };
  return [...readers]
    .map(([name, reader]): Reader => ({ name, ...reader }))
    .toSorted((one, other) => order[one.kind] - order[other.kind]);
}

function kindOf(name: string, inside: readonly string[]): Reader["kind"] {
  const words = [...inside.toReversed(), name.split(/[_.-]/)[0] ?? ""];
  for (const word of words) {
    if (hostWords.test(word)) return "host";
    if (adminWords.test(word)) return "admin";
  }
  return "key";
}

/** One word after a key, or on the line above it. */
function nameInComment(scalar: Scalar): string | undefined {
  const above = scalar.commentBefore?.split("\n").at(-1);
  return [scalar.comment, above]
    .map((comment) => comment?.trim().replace(/:$/, ""))
    .find((comment) => comment !== undefined && /^[A-Za-z0-9][\w.@-]{0,40}$/.test(comment));
}

/** The name in the comment of an ssh key: `alice@laptop` is a person, `root@nas` a machine. */
export function nameOfSshKey(key: PolicyKey): NamedKey | undefined {
  const comment = /^ssh-\S+\s+\S+\s+([A-Za-z0-9][\w.@-]{0,60})\s*$/.exec(key.id)?.[1];
  if (comment === undefined) return undefined;
  // ssh-keygen names the keys of hosts root@HOST.
  const host = /^root@(.+)$/.exec(comment)?.[1];
  return host === undefined ? { name: comment, kind: "admin" } : { name: host, kind: "host" };
}
