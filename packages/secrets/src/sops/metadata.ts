import { keyTypes } from "./master-key.ts";
import type { KeyGroup, KeyType, MasterKey } from "./master-key.ts";
import { fieldsOf, invalid } from "./metadata-fields.ts";
import type { Fields } from "./metadata-fields.ts";
import { wholeSeconds } from "./scalar-bytes.ts";
import { defaultSelector, selectorKinds } from "./selection.ts";
import type { Selector } from "./selection.ts";
import { entriesOf, leaf, list, map, str } from "./tree.ts";
import type { Entry, MapNode, TreeNode } from "./tree.ts";

/** What a SOPS file says about itself. None of it is authenticated, except that `lastModified` is bound to the MAC. */
export interface Metadata {
  /** One group: each of its keys wraps the data key. More: each group wraps a share. */
  readonly groups: readonly KeyGroup[];
  /** Groups needed to restore the data key; undefined where the file does not say. */
  readonly threshold: number | undefined;
  readonly selector: Selector;
  readonly macOnlyEncrypted: boolean;
  /** RFC 3339 in whole seconds. */
  readonly lastModified: string;
  /** The sealed MAC; empty where there is none. */
  readonly mac: string;
  /** The release of SOPS that wrote the file. */
  readonly version: string;
  /** The map as it stands in the file. */
  readonly source: MapNode;
}

/** The release whose form we write: every SOPS from 3.7 on reads it. */
const writtenVersion = "3.12.2";

const idFields: Readonly<Record<KeyType, readonly string[]>> = {
  age: ["recipient"],
  azure_kv: ["vault_url", "name", "version"],
  gcp_kms: ["resource_id"],
  hc_vault: ["vault_address", "engine_path", "key_name"],
  hckms: ["key_id"],
  kms: ["arn", "role"],
  pgp: ["fp"],
};

/**
 * Reads the metadata map of a file, in any layout since 3.5.
 * Source: `ToInternal` of stores/stores.go.
 *
 * @throws FlurryError FLURRY_SOPS_METADATA_INVALID
 */
export function readMetadata(source: MapNode): Metadata {
  const fields = fieldsOf(source, "sops");
  const stated = fields.required("lastmodified");
  const lastModified = wholeSeconds(stated);
  if (lastModified === undefined) throw invalid(`sops.lastmodified is not a time: ${JSON.stringify(stated)}`);
  const threshold = fields.integer("shamir_threshold");
  return {
    groups: readGroups(fields),
    threshold: threshold === 0 ? undefined : threshold,
    selector: readSelector(fields),
    macOnlyEncrypted: fields.flag("mac_only_encrypted"),
    lastModified,
    mac: fields.text("mac") ?? "",
    version: fields.text("version") ?? "",
    source,
  };
}

function readSelector(fields: Fields): Selector {
  const stated = selectorKinds.flatMap((kind): Selector[] => {
    const pattern = fields.text(kind);
    return pattern === undefined ? [] : [{ kind, pattern }];
  });
  if (stated.length > 1) throw invalid(`it has more than one of ${selectorKinds.join(", ")}`);
  return stated[0] ?? defaultSelector;
}

function readGroups(fields: Fields): KeyGroup[] {
  const flat = readGroup(fields, "sops");
  if (flat.length > 0) return [flat];
  const groups = fields
    .maps("key_groups")
    .map((group, index) => readGroup(fieldsOf(group, `sops.key_groups[${index}]`), `sops.key_groups[${index}]`));
  if (groups.length === 0) throw invalid("it names no master key");
  if (groups.length > 255) throw invalid("it has more than 255 key groups");
  return groups;
}

function readGroup(fields: Fields, where: string): KeyGroup {
  return keyTypes.flatMap((type) =>
    fields.maps(type).map((source, index): MasterKey => {
      const key = fieldsOf(source, `${where}.${type}[${index}]`);
      const id = idFields[type].flatMap((name) => key.text(name) ?? []).join(" ");
      if (id === "") throw invalid(`${where}.${type}[${index}].${idFields[type][0]} is missing`);
      return { type, id, enc: key.text("enc") ?? "", source };
    }),
  );
}

/** What to change in the metadata of a file. */
export interface MetadataChange {
  readonly groups?: readonly KeyGroup[];
  readonly threshold?: number | undefined;
  readonly lastModified?: string;
  readonly mac?: string;
}

/** The metadata map with changes; fields that are unknown here, their order and unchanged keys stay as they are. */
export function changeMetadata(metadata: Metadata, change: MetadataChange): MapNode {
  let items: readonly MapNode["items"][number][] = metadata.source.items;
  const put = (name: string, value: TreeNode | undefined): void => {
    items = withField(items, name, value);
  };
  const putThreshold = (threshold: number | undefined): void =>
    put("shamir_threshold", threshold === undefined ? undefined : leaf({ kind: "int", value: BigInt(threshold) }));
  if (change.lastModified !== undefined) put("lastmodified", str(change.lastModified));
  if (change.mac !== undefined) put("mac", str(change.mac));
  if (change.groups !== undefined) putGroups(change.groups, items, put);
  if ("threshold" in change) putThreshold(change.threshold);
  // The form that no release of SOPS reads; see fieldsOf.
  else if (fieldsOf(metadata.source, "sops").text("shamir_threshold")?.includes(".") === true)
    putThreshold(metadata.threshold);
  return { kind: "map", items };
}

function putGroups(
  groups: readonly KeyGroup[],
  items: MapNode["items"],
  put: (name: string, value: TreeNode | undefined) => void,
): void {
  const [only] = groups;
  const single = groups.length === 1 && only !== undefined;
  const hadEmpty = new Set(items.flatMap((item) => (item.kind === "entry" ? item.key.toLowerCase() : [])));
  for (const type of keyTypes) {
    const nodes = single ? keyNodes(only, type) : [];
    // Releases up to 3.9 write empty lists; a file of theirs keeps them.
    if (nodes.length > 0 || hadEmpty.has(type)) put(type, nodes.length > 0 || single ? list(nodes) : undefined);
  }
  put("key_groups", single ? undefined : list(groups.map(groupNode)));
}

function groupNode(group: KeyGroup): MapNode {
  const lists = keyTypes.flatMap((type): [string, TreeNode][] => {
    const nodes = keyNodes(group, type);
    // SOPS writes these two even where they are empty.
    return nodes.length > 0 || type === "hc_vault" || type === "age" ? [[type, list(nodes)]] : [];
  });
  return map(lists);
}

function keyNodes(group: KeyGroup, type: KeyType): MapNode[] {
  return group.filter((key) => key.type === type).map(keyNode);
}

function keyNode(key: MasterKey): MapNode {
  if (key.source !== undefined) {
    const { enc } = fieldsOf(key.source, key.type).text("enc") === key.enc ? { enc: undefined } : key;
    return enc === undefined ? key.source : { kind: "map", items: withField(key.source.items, "enc", str(enc)) };
  }
  const name = key.type === "pgp" ? "fp" : (idFields[key.type][0] ?? "id");
  const created: [string, TreeNode][] = key.createdAt === undefined ? [] : [["created_at", str(key.createdAt)]];
  return map([...created, ["enc", str(key.enc)], [name, str(key.id)]]);
}

/** The entries with one of them replaced, added in alphabetical place or, for undefined, left out. */
function withField(items: MapNode["items"], name: string, value: TreeNode | undefined): MapNode["items"] {
  const at = items.findIndex((item) => item.kind === "entry" && item.key.toLowerCase() === name);
  const found = items[at];
  if (value === undefined) return at === -1 ? items : items.toSpliced(at, 1);
  if (found?.kind === "entry") return items.with(at, { ...found, value });
  const entry: Entry = { kind: "entry", key: name, value };
  const next = items.findIndex((item) => item.kind === "entry" && item.key > name);
  return next === -1 ? [...items, entry] : items.toSpliced(next, 0, entry);
}

/** Metadata for a new file, in alphabetical order as SOPS writes it since 3.13. */
export function newMetadata(options: {
  readonly groups: readonly KeyGroup[];
  readonly threshold: number | undefined;
  /** Absent for the binary format, which is encrypted as a whole. */
  readonly selector: Selector | undefined;
  readonly macOnlyEncrypted: boolean;
  readonly lastModified: string;
  readonly mac: string;
}): MapNode {
  const { groups, threshold, selector, macOnlyEncrypted, lastModified, mac } = options;
  const entries: [string, TreeNode][] = [
    ["lastmodified", str(lastModified)],
    ["mac", str(mac)],
    ["version", str(writtenVersion)],
  ];
  if (macOnlyEncrypted) entries.push(["mac_only_encrypted", leaf({ kind: "bool", value: true })]);
  if (selector !== undefined) entries.push([selector.kind, str(selector.pattern)]);
  if (threshold !== undefined) entries.push(["shamir_threshold", leaf({ kind: "int", value: BigInt(threshold) })]);
  const [only] = groups;
  if (groups.length === 1 && only !== undefined) {
    for (const type of keyTypes) {
      const nodes = keyNodes(only, type);
      if (nodes.length > 0) entries.push([type, list(nodes)]);
    }
  } else entries.push(["key_groups", list(groups.map(groupNode))]);
  return map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The names of metadata fields that this program knows, in lower case. */
export const knownFields: ReadonlySet<string> = new Set([
  ...keyTypes,
  ...selectorKinds,
  "key_groups",
  "shamir_threshold",
  "lastmodified",
  "mac",
  "version",
  "mac_only_encrypted",
]);

/** The names of the fields of a metadata map. */
export function fieldNames(source: MapNode): string[] {
  return entriesOf(source).map((entry) => entry.key);
}
