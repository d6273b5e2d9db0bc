import { emptyInventory, groupOf, hostOf } from "./ansible-inventory.ts";
import type { Inventory, InventoryVariables } from "./ansible-inventory.ts";
import { expandRange } from "./ansible-range.ts";
import { importIssue } from "./imported-hosts.ts";

type Section = { readonly kind: "hosts" | "children" | "vars"; readonly group: string };

/**
 * Reads an inventory in the form of INI.
 *
 * @see https://docs.ansible.com/ansible/latest/collections/ansible/builtin/ini_inventory.html
 */
export function readIniInventory(text: string, file: string): Inventory {
  const inventory = emptyInventory(file);
  let section: Section = { kind: "hosts", group: "ungrouped" };
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const content = withoutComment(raw).trim();
    if (content === "") continue;
    const next = sectionOf(content);
    if (next !== undefined) {
      section = next;
      groupOf(inventory, section.group);
    } else if (content.startsWith("["))
      inventory.issues.push(importIssue("inventory", `${content} begins no section`, { file, line }));
    else readLine(content, section, { inventory, line });
  }
  return inventory;
}

function sectionOf(content: string): Section | undefined {
  const match = /^\[\s*([^\]:]+?)\s*(?::(children|vars))?\s*\]$/.exec(content);
  if (match?.[1] === undefined) return undefined;
  return { group: match[1], kind: match[2] === "children" || match[2] === "vars" ? match[2] : "hosts" };
}

function readLine(
  content: string,
  { kind, group }: Section,
  { inventory, line }: { readonly inventory: Inventory; readonly line: number },
): void {
  const own = groupOf(inventory, group);
  switch (kind) {
    case "children":
      own.children.add(content);
      groupOf(inventory, content);
      return;
    case "vars":
      setVariable(own.variables, content, line);
      return;
    case "hosts":
      for (const name of readHosts(content, inventory, line)) own.hosts.add(name);
  }
}

function readHosts(content: string, inventory: Inventory, line: number): readonly string[] {
  const [pattern = "", ...assignments] = words(content);
  const [, bare = pattern, port] = /^(.*[^:]):(\d+)$/.exec(pattern) ?? [];
  const isIpv6 = port !== undefined && bare.includes(":") && !/\[\S+:\S+\]/.test(bare);
  const names = expandRange(isIpv6 ? pattern : bare);
  if (names === undefined) {
    inventory.issues.push(importIssue("inventory", `${pattern} is no range of hosts`, { file: inventory.file, line }));
    return [];
  }
  for (const name of names) {
    const { variables } = hostOf(inventory, name, line);
    if (port !== undefined && !isIpv6) variables.set("ansible_port", { value: port, line });
    for (const assignment of assignments) setVariable(variables, assignment, line);
  }
  return names;
}

function setVariable(variables: InventoryVariables, assignment: string, line: number): void {
  const match = /^([^=\s]+)\s*=\s*(.*)$/s.exec(assignment);
  if (match?.[1] !== undefined) variables.set(match[1], { value: unquoted(match[2] ?? ""), line });
}

/** Words as a shell cuts them: quotes keep spaces. */
function words(content: string): readonly string[] {
  return [...content.matchAll(/(?:[^\s"']|"(?:[^"\\]|\\.)*"|'[^']*'|["'])+/g)].map(([word]) => word);
}

function unquoted(value: string): string {
  const match = /^(["'])(.*)\1$/s.exec(value.trim());
  return match?.[2] ?? value.trim();
}

/** A `#` or `;` begins a comment at the start of a line and after a space. */
function withoutComment(line: string): string {
  if (/^\s*[#;]/.test(line)) return "";
  const match = /^((?:[^"'#]|"(?:[^"\\]|\\.)*"|'[^']*'|["']|(?<!\s)#)*)/.exec(line);
  return match?.[1] ?? line;
}
