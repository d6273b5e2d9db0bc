import { LineCounter, isMap, isScalar, parseDocument } from "yaml";

import { yamlTooDeepAt } from "../fleet-file/yaml-depth.ts";
import type { Inventory, InventoryVariables } from "./ansible-inventory.ts";
import { importIssue } from "./imported-hosts.ts";

/** A file of `group_vars` or `host_vars` beside an inventory. */
export interface VariablesFile {
  readonly kind: "group" | "host";
  /** The group or the host that it is about. */
  readonly name: string;
  /** As people should see it in messages. */
  readonly file: string;
  readonly text: string;
}

/**
 * Adds the variables of a file that say how a host is reached to an inventory; of the others there is one remark.
 *
 * @see https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html
 */
export function readVariablesFile(given: VariablesFile, inventory: Inventory): void {
  const { kind, name, file, text } = given;
  const tell: Tell = (message, hint, line = 1) =>
    void inventory.issues.push(importIssue("not-imported", message, { file, line, hint }));
  const isKnown = kind === "group" ? inventory.groups.has(name) || name === "all" : inventory.hosts.has(name);
  if (!isKnown) return tell(`the inventory has no ${kind} ${name}`, "rename the file, or leave it as it is");
  if (text.startsWith("$ANSIBLE_VAULT"))
    return tell("an encrypted file is not read", "secrets belong into files of flurry secrets");
  const files = kind === "group" ? inventory.groupFiles : inventory.hostFiles;
  const variables: InventoryVariables = files.get(name) ?? new Map();
  files.set(name, variables);
  readVariables(given, variables, tell);
}

type Tell = (message: string, hint: string, line?: number) => void;

function readVariables({ text, file }: VariablesFile, variables: InventoryVariables, tell: Tell): void {
  if (yamlTooDeepAt(text) !== undefined)
    return tell("the file is nested too deeply", "mend the file, or set addresses and users in fleet.yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent", merge: true });
  for (const { message, pos } of document.errors)
    tell(message, "mend the file, or set addresses and users in fleet.yaml", lines.linePos(pos[0]).line);
  if (!isMap(document.contents)) return;
  const entries = document.contents.items.map(({ key, value }) => ({
    variable: isScalar(key) ? String(key.value) : "",
    line: isScalar(key) && key.range != null ? lines.linePos(key.range[0]).line : 1,
    value: plainValue(value),
  }));
  for (const { variable, line, value } of entries) {
    if (!variable.startsWith("ansible_")) continue;
    if (value !== undefined) variables.set(variable, { value, line, file });
    else tell(`${variable} is no plain value and is not taken over`, wayOut(variable), line);
  }
  const others = entries.filter(({ variable }) => !variable.startsWith("ansible_")).length;
  if (others > 0)
    tell(
      `${others === 1 ? "one variable is" : `${others} variables are`} not taken over`,
      "what they are for is set in NixOS modules; secrets belong into files of flurry secrets",
    );
}

/** Undefined for lists, mappings and what Ansible alone can decrypt. */
function plainValue(value: unknown): string | undefined {
  if (!isScalar(value) || (value.tag !== undefined && !value.tag.startsWith("tag:yaml.org,2002:"))) return undefined;
  return String(value.value);
}

function wayOut(variable: string): string {
  return /pass|secret|token/i.test(variable)
    ? "a secret belongs into a file of flurry secrets"
    : "set what it comes to in fleet.yaml";
}
