import { FlurryError } from "@flurry/core";

import { formatFloat } from "./scalar-bytes.ts";
import { entriesOf, itemsOf } from "./tree.ts";
import type { Leaf, MapNode, TreeNode } from "./tree.ts";

/**
 * The fields of a metadata map. SOPS reads them weakly: names in any case, numbers as texts and the other way round,
 * null for what is absent, one map where a list of maps is expected.
 */
export interface Fields {
  /** The value as text; undefined where it is absent, null or empty. */
  text(name: string): string | undefined;
  required(name: string): string;
  integer(name: string): number | undefined;
  flag(name: string): boolean;
  maps(name: string): readonly MapNode[];
}

/** @throws FlurryError FLURRY_SOPS_METADATA_INVALID, also from each of the readers */
export function fieldsOf(node: MapNode, where: string): Fields {
  const entries = entriesOf(node);
  const odd = entries.filter(({ key }) => key !== key.toLowerCase());
  const find = (name: string): TreeNode | undefined => {
    const entry = entries.find(({ key }) => key === name) ?? odd.find(({ key }) => key.toLowerCase() === name);
    return entry?.value;
  };
  const text = (name: string): string | undefined => {
    const value = find(name);
    if (value === undefined) return undefined;
    if (value.kind !== "leaf") throw invalid(`${where}.${name} is not a text`);
    const found = leafText(value, `${where}.${name}`);
    return found === "" ? undefined : found;
  };
  const maps = (name: string): readonly MapNode[] => {
    const value = find(name);
    if (value === undefined || (value.kind === "leaf" && isNothing(value))) return [];
    if (value.kind === "map") return [value];
    const items = value.kind === "list" ? itemsOf(value) : [value];
    return items.map((item, index) => {
      if (item.kind !== "map") throw invalid(`${where}.${name}[${index}] is not a map`);
      return item;
    });
  };
  return {
    text,
    maps,
    required: (name) => {
      const value = text(name);
      if (value === undefined) throw invalid(`${where}.${name} is missing`);
      return value;
    },
    integer: (name) => {
      const value = text(name);
      if (value === undefined) return undefined;
      // Releases up to 3.10 write 2.000000 into INI files.
      if (!/^\d{1,9}(?:\.0+)?$/.test(value)) throw invalid(`${where}.${name} is not a whole number`);
      return Number(value);
    },
    flag: (name) => {
      const value = text(name)?.toLowerCase();
      if (value === undefined || ["false", "f", "0"].includes(value)) return false;
      if (["true", "t", "1"].includes(value)) return true;
      throw invalid(`${where}.${name} is neither true nor false`);
    },
  };
}

function isNothing(value: Leaf): boolean {
  return value.value.kind === "null" || (value.value.kind === "str" && value.value.value === "");
}

function leafText(value: Leaf, where: string): string {
  const scalar = value.value;
  switch (scalar.kind) {
    case "null":
      return "";
    case "str":
    case "time":
      return scalar.value;
    case "int":
      return scalar.value.toString();
    case "float":
      return formatFloat(scalar.value);
    case "bool":
      return String(scalar.value);
    case "bytes":
      throw invalid(`${where} is not a text`);
  }
}

export function invalid(what: string, hint?: string): FlurryError {
  return new FlurryError(
    "FLURRY_SOPS_METADATA_INVALID",
    `The SOPS metadata cannot be read: ${what}`,
    hint === undefined ? {} : { hint },
  );
}
