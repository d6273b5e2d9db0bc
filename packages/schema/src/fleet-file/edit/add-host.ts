import { FlurryError, nearestName } from "@flurry/core";
import { isMap } from "yaml";
import type { YAMLMap } from "yaml";

import { normalizeAddress } from "../../fleet/address.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { editableYaml, mapAt, pairOf, provenEdit, rangeOf, unsafe } from "./editable-yaml.ts";
import type { EditableYaml } from "./editable-yaml.ts";
import { applyEdits, lineEnd, lineStart } from "./text-edit.ts";
import type { TextEdit } from "./text-edit.ts";
import { yamlScalar } from "./yaml-scalar.ts";

/** A host as it is written into a fleet file. */
export interface NewHost {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly tags?: readonly string[];
  readonly modules?: readonly string[];
  readonly system?: string;
  /** The public ssh key of the host. */
  readonly hostKey?: string;
  /** Only what differs from the fleet's defaults. */
  readonly deploy?: {
    readonly sshUser?: string;
    readonly port?: number;
    readonly jump?: string;
    readonly identityFile?: string;
  };
}

/** A fleet file after an edit. */
export interface EditedFleetFile {
  readonly text: string;
  readonly fleet: Fleet;
}

/**
 * Adds a host to the text of a fleet.yaml, below the others; everything else stays as it is, byte for byte.
 *
 * @param options - `file` names it in messages
 * @throws FlurryError FLURRY_HOST_TAKEN for a name or address that another host has; FLURRY_FLEET_INVALID for a text
 * with mistakes, before or after; FLURRY_EDIT_UNSAFE
 */
export function addHostToFleetFile(text: string, host: NewHost, { file }: { readonly file: string }): EditedFleetFile {
  const yaml = editableYaml(text, file);
  refuseTaken(yaml.fleet, host);
  return addAll(yaml, [host]);
}

/**
 * Adds several hosts at once, as {@link addHostToFleetFile} does it. Hosts that share an address among themselves are no error
 * but a warning of whoever reads the file next.
 *
 * @param hosts - at least one, with names that differ
 * @throws FlurryError FLURRY_FLEET_INVALID for a text with mistakes, before or after; FLURRY_EDIT_UNSAFE
 */
export function addHostsToFleetFile(
  text: string,
  hosts: readonly NewHost[],
  { file }: { readonly file: string },
): EditedFleetFile {
  return addAll(editableYaml(text, file), hosts);
}

function addAll(yaml: EditableYaml, hosts: readonly NewHost[]): EditedFleetFile {
  const { text, file, fleet } = yaml;
  const names = [...fleet.hosts, ...hosts].map(({ name }) => name);
  return provenEdit(applyEdits(text, [insertion(yaml, hosts)]), file, names);
}

/**
 * Refuses a host whose name or address is another's.
 *
 * @throws FlurryError FLURRY_HOST_TAKEN
 */
export function refuseTaken({ hosts }: Pick<Fleet, "hosts">, { name, addresses, deploy }: NewHost): void {
  const same = hosts.find((host) => host.name.toLowerCase() === name.toLowerCase());
  if (same !== undefined)
    throw new FlurryError("FLURRY_HOST_TAKEN", `the fleet has a host ${same.name} already`, {
      hint: `choose another name, or remove it first: flurry host rm ${same.name}`,
    });
  const reached = new Set(addresses.map((address) => normalizeAddress(address).toLowerCase()));
  const owner = hosts.find(
    (host) =>
      host.addresses.some((address) => reached.has(address.toLowerCase())) &&
      // Behind one address several machines can be reached by their ports or jump hosts.
      (host.deploy.sshPort ?? 22) === (deploy?.port ?? 22) &&
      (host.deploy.jump ?? "") === (deploy?.jump ?? ""),
  );
  if (owner === undefined) return;
  const address = owner.addresses.find((one) => reached.has(one.toLowerCase())) ?? "";
  throw new FlurryError("FLURRY_HOST_TAKEN", `${owner.name} has the address ${address} already`, {
    hint: `give ${name} its own address, or remove the other one: flurry host rm ${owner.name}`,
  });
}

/**
 * The host of a name.
 *
 * @throws FlurryError FLURRY_NOTHING_SELECTED, with the nearest name
 */
export function requireHost({ hosts }: Pick<Fleet, "hosts">, name: string): Fleet["hosts"][number] {
  const host = hosts.find((one) => one.name === name);
  if (host !== undefined) return host;
  const names = hosts.map((one) => one.name);
  const nearest = nearestName(name, names);
  throw new FlurryError("FLURRY_NOTHING_SELECTED", `the fleet has no host ${JSON.stringify(name)}`, {
    hint: nearest === undefined ? `its hosts are ${names.join(", ")}` : `did you mean ${nearest}?`,
  });
}

function insertion({ document, text, file }: EditableYaml, added: readonly NewHost[]): TextEdit {
  const hosts = mapAt(document, ["hosts"]);
  const range = rangeOf(hosts);
  if (hosts === undefined || range === undefined || hosts.anchor !== undefined) throw unsafe(file);
  if (hosts.flow === true)
    return hosts.items.length === 0 ? firstEntries(range, { document, text, added, file }) : inFlow(hosts, added, file);
  return belowLast(hosts, { text, file, added });
}

interface Added {
  readonly added: readonly NewHost[];
}

function belowLast(hosts: YAMLMap, { text, file, added }: Pick<EditableYaml, "text" | "file"> & Added): TextEdit {
  const last = hosts.items.at(-1);
  const first = rangeOf(hosts.items[0]?.key);
  if (last === undefined || first === undefined) throw unsafe(file);
  const indent = text.slice(lineStart(text, first[0]), first[0]);
  if (!/^ +$/.test(indent)) throw unsafe(file);
  const end = rangeOf(last.value)?.[1] ?? rangeOf(last.key)?.[1];
  if (end === undefined) throw unsafe(file);
  // The range of a block ends behind its last line feed.
  const at = text[end - 1] === "\n" ? end : lineEnd(text, end);
  const before = at > 0 && text[at - 1] !== "\n" ? newline(text) : "";
  return { start: at, end: at, text: `${before}${entries(added, indent, newline(text))}` };
}

/** `hosts: {}` becomes a block. */
function firstEntries(
  [start, end]: readonly [number, number],
  { document, text, added, file }: Pick<EditableYaml, "document" | "text" | "file"> & Added,
): TextEdit {
  const key = isMap(document.contents) ? rangeOf(pairOf(document.contents, "hosts")?.key) : undefined;
  if (key === undefined) throw unsafe(file);
  const lines = entries(added, "  ", newline(text)).replace(/\r?\n$/, "");
  const blank = text.slice(key[1] + 1, start).length;
  return { start: start - blank, end, text: `${newline(text)}${lines}` };
}

function inFlow(hosts: YAMLMap, added: readonly NewHost[], file: string): TextEdit {
  const end = rangeOf(hosts.items.at(-1)?.value)?.[1];
  if (end === undefined) throw unsafe(file);
  const text = added.map((host) => `, ${yamlScalar(host.name)}: ${flow(host)}`).join("");
  return { start: end, end, text };
}

function entries(hosts: readonly NewHost[], indent: string, feed: string): string {
  return hosts.map((host) => entry(host, indent, feed)).join("");
}

/** The longest line for a host that is written in one. */
const longestLine = 100;

/** The lines of a host: one where it fits, else one for each key. */
function entry(host: NewHost, indent: string, feed: string): string {
  const line = `${indent}${yamlScalar(host.name)}: ${flow(host)}`;
  if (line.length <= longestLine) return `${line}${feed}`;
  const keys = parts(host).map(([key, value]) => `${indent}${indent}${key}: ${value}${feed}`);
  return `${indent}${yamlScalar(host.name)}:${feed}${keys.join("")}`;
}

function flow(host: NewHost): string {
  return `{ ${parts(host)
    .map(([key, value]) => `${key}: ${value}`)
    .join(", ")} }`;
}

function parts(host: NewHost): readonly (readonly [string, string])[] {
  const { addresses, tags = [], modules = [], system, hostKey, deploy = {} } = host;
  const [address] = addresses;
  const options = Object.entries(deploy).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}: ${typeof value === "number" ? value : yamlScalar(value)}`],
  );
  return [
    ...(addresses.length === 1 && address !== undefined ? [["address", yamlScalar(address)] as const] : []),
    ...(addresses.length > 1 ? [["addresses", list(addresses)] as const] : []),
    ...(tags.length === 0 ? [] : [["tags", list(tags)] as const]),
    ...(modules.length === 0 ? [] : [["modules", list(modules)] as const]),
    ...(system === undefined ? [] : [["system", yamlScalar(system)] as const]),
    ...(hostKey === undefined ? [] : [["hostKey", yamlScalar(hostKey)] as const]),
    ...(options.length === 0 ? [] : [["deploy", `{ ${options.join(", ")} }`] as const]),
  ];
}

function list(values: readonly string[]): string {
  return `[${values.map(yamlScalar).join(", ")}]`;
}

function newline(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
