import type { Issue } from "@flurry/core";

import type { NewHost } from "../fleet-file/edit/add-host.ts";
import { readIniInventory } from "./ansible-ini.ts";
import type { Inventory, InventoryVariable, InventoryVariables } from "./ansible-inventory.ts";
import { readVariablesFile } from "./ansible-variables.ts";
import type { VariablesFile } from "./ansible-variables.ts";
import { readYamlInventory } from "./ansible-yaml.ts";
import { checkedHosts } from "./checked-hosts.ts";
import type { FoundHost } from "./checked-hosts.ts";
import { importIssue } from "./imported-hosts.ts";
import type { ImportedHosts, ImportOptions } from "./imported-hosts.ts";
import { jumpHost } from "./jump-host.ts";

/** How to read an inventory of Ansible. */
export interface ImportAnsibleOptions extends ImportOptions {
  /** The files of `group_vars` and `host_vars` beside the inventory, in the order that Ansible reads them. */
  readonly variables?: readonly VariablesFile[];
}

/**
 * Reads an inventory of Ansible, INI or YAML: groups become tags, with the groups above them; `ansible_host`, `ansible_user`,
 * `ansible_port`, the private key and a jump host are taken. Every other variable is named, once.
 */
export function importAnsible(text: string, { file, variables: files = [] }: ImportAnsibleOptions): ImportedHosts {
  const inventory = looksLikeYaml(text, file) ? readYamlInventory(text, file) : readIniInventory(text, file);
  for (const each of files) readVariablesFile(each, inventory);
  const found = [...inventory.hosts].flatMap(([name, { line }]): readonly FoundHost[] => {
    const groups = groupsOf(name, inventory);
    const variables = variablesOf(name, groups, inventory);
    const connection = variables.get("ansible_connection")?.value ?? "ssh";
    if (!["ssh", "smart", "paramiko", "paramiko_ssh"].includes(connection)) {
      const message = `${name} is left out: it is reached by ${connection} and not by ssh`;
      inventory.issues.push(importIssue("not-imported", message, { file, line }));
      return [];
    }
    return [{ host: hostFrom(name, groups, variables), line }];
  });
  const { hosts, issues } = checkedHosts(found, file);
  const all = [...inventory.issues, ...issues, ...leftOver(inventory)].toSorted(byLine);
  const isOwn = ({ place }: Issue): boolean => place?.file === file;
  return { hosts, issues: [...all.filter(isOwn), ...all.filter((issue) => !isOwn(issue)).toSorted(byFile)] };
}

function looksLikeYaml(text: string, file: string): boolean {
  if (/\.ya?ml$/i.test(file)) return true;
  if (/\.(?:ini|cfg)$/i.test(file)) return false;
  const first = text.split(/\r?\n/).find((line) => !/^\s*(?:[#;].*)?$/.test(line)) ?? "";
  return first === "---" || /^[\w-]+:\s*(?:#.*)?$/.test(first);
}

/** Groups that say nothing about a host. */
const noTags = new Set(["all", "ungrouped"]);

/** The groups of a host, the nearest first, each with those above it. */
function groupsOf(host: string, { groups }: Inventory): readonly string[] {
  const found: string[] = [];
  let level = [...groups].filter(([, { hosts }]) => hosts.has(host)).map(([name]) => name);
  while (level.length > 0) {
    const fresh = level.filter((name) => !found.includes(name));
    found.push(...fresh);
    level = [...groups].filter(([, { children }]) => fresh.some((name) => children.has(name))).map(([name]) => name);
  }
  return [...found.filter((name) => name !== "all"), "all"];
}

/** What holds for a host: its own variables before those of its groups, the nearest first; what stands in files beside the inventory before what stands in it. */
function variablesOf(host: string, groups: readonly string[], inventory: Inventory): InventoryVariables {
  const levels = [
    inventory.hostFiles.get(host),
    inventory.hosts.get(host)?.variables,
    ...groups.map((name) => inventory.groupFiles.get(name)),
    ...groups.map((name) => inventory.groups.get(name)?.variables),
  ];
  const all: InventoryVariables = new Map();
  for (const level of levels.toReversed()) for (const [name, value] of level ?? []) all.set(name, value);
  return all;
}

/** The variables that have a place in a fleet file, by what they are called now and were once. */
const known = {
  address: ["ansible_host", "ansible_ssh_host"],
  sshUser: ["ansible_user", "ansible_ssh_user"],
  port: ["ansible_port", "ansible_ssh_port"],
  identityFile: ["ansible_ssh_private_key_file", "ansible_private_key_file"],
  jump: ["ansible_ssh_common_args", "ansible_ssh_extra_args"],
} as const;

function hostFrom(name: string, groups: readonly string[], variables: InventoryVariables): NewHost {
  const take = (what: keyof typeof known): string | undefined => {
    const found = known[what].map((each) => variables.get(each)?.value).find((value) => value !== undefined);
    return found === undefined || isTemplate(found) ? undefined : found;
  };
  const sshUser = take("sshUser");
  const port = take("port");
  const identityFile = take("identityFile");
  const jump = jumpHost(take("jump") ?? "")?.jump;
  return {
    name,
    addresses: [take("address") ?? name],
    tags: groups.filter((group) => !noTags.has(group)),
    deploy: {
      ...(sshUser === undefined ? {} : { sshUser }),
      ...(port === undefined || port === "22" ? {} : { port: Number(port) }),
      ...(identityFile === undefined ? {} : { identityFile }),
      ...(jump === undefined ? {} : { jump }),
    },
  };
}

function isTemplate(value: string): boolean {
  return value.includes("{{");
}

/** Variables that only say how Ansible does its work. */
const ofAnsibleAlone =
  /^ansible_(?:connection|python_interpreter|become(?:_method|_user|_flags|_exe)?|shell_\w+|facts\w*)$/;

/** One remark for each variable that is not taken, at the first line that sets it. */
function leftOver({ file, hosts, groups, groupFiles, hostFiles }: Inventory): readonly Issue[] {
  const first = new Map<string, { readonly variable: InventoryVariable; count: number }>();
  const own = [...hosts.values(), ...groups.values()].map(({ variables }) => variables);
  const levels = [...own, ...groupFiles.values(), ...hostFiles.values()];
  for (const [name, variable] of levels.flatMap((variables) => [...variables])) {
    if (isTaken(name, variable.value)) continue;
    const known = first.get(name);
    if (known === undefined) first.set(name, { variable, count: 1 });
    else known.count += 1;
  }
  return [...first].map(([name, { variable, count }]) =>
    remark(name, variable, { file: variable.file ?? file, count }),
  );
}

function isTaken(name: string, value: string): boolean {
  if (ofAnsibleAlone.test(name)) return true;
  const isKnown = Object.values(known).some((names) => names.some((each) => each === name));
  if (!isKnown || isTemplate(value)) return false;
  return !known.jump.some((each) => each === name) || jumpHost(value)?.isAll === true;
}

function remark(
  name: string,
  { value, line }: InventoryVariable,
  { file, count }: { readonly file: string; readonly count: number },
): Issue {
  const times = count === 1 ? "" : `, ${count} times`;
  if (/pass(?:word|wd)?$|secret|token|_key$/i.test(name))
    return importIssue("not-imported", `${name} is not taken over${times}`, {
      file,
      line,
      hint: "a secret belongs into a file of flurry secrets",
    });
  if (isTemplate(value))
    return importIssue("not-imported", `${name} is a template, which only Ansible can work out${times}`, {
      file,
      line,
      hint: "write what it comes to into fleet.yaml",
    });
  if (known.jump.some((each) => each === name) && jumpHost(value) !== undefined)
    return importIssue("not-imported", `of ${name} only the jump host is taken over${times}`, {
      file,
      line,
      hint: "options for the way there belong into your ssh_config, below the jump host's name",
    });
  return importIssue("not-imported", `${name} is not taken over${times}`, {
    file,
    line,
    hint: name.startsWith("ansible_")
      ? "see deploy: in fleet.yaml"
      : "set what it was for in the NixOS module of the host",
  });
}

function byFile(a: Issue, b: Issue): number {
  const [one = "", other = ""] = [a.place?.file, b.place?.file];
  return one < other ? -1 : one > other ? 1 : 0;
}

function byLine(a: Issue, b: Issue): number {
  return (a.place?.line ?? 0) - (b.place?.line ?? 0);
}
