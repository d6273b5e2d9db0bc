import type { Issue } from "@flurry/core";

/** A variable with the line that sets it. */
export interface InventoryVariable {
  readonly value: string;
  readonly line: number;
  /** The file, where it is not the inventory's own. */
  readonly file?: string;
}

/** Variables by their names. */
export type InventoryVariables = Map<string, InventoryVariable>;

/** A group of an inventory. */
export interface InventoryGroup {
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  readonly variables: InventoryVariables;
}

/** A host of an inventory. */
export interface InventoryHost {
  readonly line: number;
  readonly variables: InventoryVariables;
}

/** An inventory of Ansible, whatever it was written in. */
export interface Inventory {
  readonly file: string;
  readonly hosts: Map<string, InventoryHost>;
  readonly groups: Map<string, InventoryGroup>;
  /** What stands in files beside the inventory, by group. */
  readonly groupFiles: Map<string, InventoryVariables>;
  /** What stands in files beside the inventory, by host. */
  readonly hostFiles: Map<string, InventoryVariables>;
  readonly issues: Issue[];
}

/** An inventory with nothing in it. */
export function emptyInventory(file: string): Inventory {
  return { file, hosts: new Map(), groups: new Map(), groupFiles: new Map(), hostFiles: new Map(), issues: [] };
}

/** A group, made when it is not there yet. */
export function groupOf({ groups }: Inventory, name: string): InventoryGroup {
  const known = groups.get(name) ?? { hosts: new Set(), children: new Set(), variables: new Map() };
  groups.set(name, known);
  return known;
}

/** A host, made when it is not there yet. */
export function hostOf({ hosts }: Inventory, name: string, line: number): InventoryHost {
  const known = hosts.get(name) ?? { line, variables: new Map() };
  hosts.set(name, known);
  return known;
}
