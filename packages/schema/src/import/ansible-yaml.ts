import { LineCounter, isMap, isScalar, parseDocument } from "yaml";
import type { Pair, YAMLMap } from "yaml";

import { yamlTooDeepAt } from "../fleet-file/yaml-depth.ts";
import { emptyInventory, groupOf, hostOf } from "./ansible-inventory.ts";
import type { Inventory, InventoryVariables } from "./ansible-inventory.ts";
import { expandRange } from "./ansible-range.ts";
import { importIssue } from "./imported-hosts.ts";

/** Where lines of the document are. */
interface Source {
  readonly inventory: Inventory;
  readonly lineOf: (node: unknown) => number;
}

/**
 * Reads an inventory in the form of YAML.
 *
 * @see https://docs.ansible.com/ansible/latest/collections/ansible/builtin/yaml_inventory.html
 */
export function readYamlInventory(text: string, file: string): Inventory {
  const inventory = emptyInventory(file);
  if (yamlTooDeepAt(text) !== undefined) {
    inventory.issues.push(importIssue("inventory", "the inventory is nested too deeply", { file, line: 1 }));
    return inventory;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error", merge: true });
  for (const { message, pos } of document.errors)
    inventory.issues.push(importIssue("inventory", message, { file, line: lines.linePos(pos[0]).line }));
  const lineOf = (node: unknown): number =>
    isScalar(node) && node.range != null ? lines.linePos(node.range[0]).line : 1;
  if (isMap(document.contents)) readGroups(document.contents, { inventory, lineOf });
  else inventory.issues.push(importIssue("inventory", "an inventory begins with a group: all", { file, line: 1 }));
  return inventory;
}

function readGroups(groups: YAMLMap, source: Source): readonly string[] {
  return groups.items.map((pair) => {
    const name = keyOf(pair);
    readGroup(name, pair, source);
    return name;
  });
}

function readGroup(name: string, { key, value }: Pair, source: Source): void {
  const { inventory, lineOf } = source;
  const group = groupOf(inventory, name);
  if (!isMap(value)) return;
  for (const part of value.items) {
    const what = keyOf(part);
    if (what === "hosts" && isMap(part.value)) for (const host of readHosts(part.value, source)) group.hosts.add(host);
    else if (what === "children" && isMap(part.value))
      for (const child of readGroups(part.value, source)) group.children.add(child);
    else if (what === "vars" && isMap(part.value)) readVariables(part.value, group.variables, source);
    else if (!["hosts", "children", "vars"].includes(what))
      inventory.issues.push(
        importIssue("inventory", `the group ${name} has ${what}, which is neither hosts, children nor vars`, {
          file: inventory.file,
          line: lineOf(part.key ?? key),
        }),
      );
  }
}

function readHosts(hosts: YAMLMap, source: Source): readonly string[] {
  const { inventory, lineOf } = source;
  return hosts.items.flatMap((pair) => {
    const pattern = keyOf(pair);
    const line = lineOf(pair.key);
    const names = expandRange(pattern);
    if (names === undefined) {
      inventory.issues.push(
        importIssue("inventory", `${pattern} is no range of hosts`, { file: inventory.file, line }),
      );
      return [];
    }
    for (const name of names) {
      const { variables } = hostOf(inventory, name, line);
      if (isMap(pair.value)) readVariables(pair.value, variables, source);
    }
    return names;
  });
}

function readVariables(from: YAMLMap, to: InventoryVariables, { lineOf }: Source): void {
  for (const pair of from.items) {
    const { key, value } = pair;
    to.set(keyOf(pair), { value: isScalar(value) ? String(value.value) : "", line: lineOf(key) });
  }
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : "";
}
