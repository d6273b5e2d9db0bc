import { FlurryError } from "@flurry/core";
import { isMap, isScalar, isSeq } from "yaml";
import type { Pair, YAMLMap } from "yaml";

import { applyEdits } from "../../sops/stores/store.ts";
import type { TextEdit } from "../../sops/stores/store.ts";
import { readPlacedYaml } from "../placed-yaml.ts";
import type { PlacedYaml } from "../placed-yaml.ts";
import { appendItem, removeItem } from "./yaml-list-edit.ts";

/** A host of a fleet that is to read secrets. */
export interface AddToFleet {
  readonly name: string;
  /** Its public ssh key, which gets pinned; undefined where it is pinned already. */
  readonly hostKey: string | undefined;
  /** The entries of `secrets.files` that are to name the host. */
  readonly files: readonly string[];
}

/**
 * The text of a fleet.yaml in which a host has a pinned key and is named by some files of secrets.
 *
 * @throws FlurryError FLURRY_POLICY_NAME_UNKNOWN when the fleet has no such host, FLURRY_POLICY_EDIT_UNSAFE
 */
export function addToFleetFile(text: string, file: string, { name, hostKey, files }: AddToFleet): string {
  const yaml = readPlacedYaml(text, file);
  const edits: TextEdit[] = [];
  const host = pairIn(yaml.document.get("hosts", true), name);
  if (host === undefined) {
    throw new FlurryError("FLURRY_POLICY_NAME_UNKNOWN", `${file} has no host ${name}`, {
      place: yaml.place(yaml.document.get("hosts", true)),
      hint: `flurry host add ${name} --address ADDRESS adds it to the fleet, with its key and its secrets.`,
    });
  }
  if (hostKey !== undefined) edits.push(pinKey(yaml, host, hostKey));
  for (const path of files) {
    const hosts = yaml.document.getIn(["secrets", "files", path, "hosts"], true);
    const edit = isSeq(hosts) ? appendItem(yaml, hosts, { item: name }) : undefined;
    if (edit === undefined) throw unsafe(yaml, hosts, `add ${name} to the hosts of ${path}`);
    edits.push(edit);
  }
  return applyEdits(text, edits);
}

function pinKey(yaml: PlacedYaml, host: Pair, hostKey: string): TextEdit {
  const value = `hostKey: "${hostKey}"`;
  const edit = isMap(host.value) ? insertEntry(yaml, host.value, value) : insertBody(yaml, host, value);
  if (edit === undefined) throw unsafe(yaml, host.key, `add ${value} to this host`);
  return edit;
}

/** A body for a host that has none. */
function insertBody({ text }: PlacedYaml, { key, value }: Pair, entry: string): TextEdit | undefined {
  if (!isScalar(value) || value.source !== "" || !isScalar(key)) return undefined;
  const at = (key.range?.[1] ?? 0) + 1;
  return text[at - 1] === ":" ? { start: at, end: at, text: ` { ${entry} }` } : undefined;
}

function insertEntry(yaml: PlacedYaml, map: YAMLMap, entry: string): TextEdit | undefined {
  return map.flow === true ? appendToFlow(yaml, map, entry) : insertLine(yaml, map, entry);
}

function appendToFlow({ text }: PlacedYaml, { range }: YAMLMap, entry: string): TextEdit | undefined {
  if (range === undefined || range === null) return undefined;
  const body = text.slice(range[0] + 1, range[1] - 1).trimEnd();
  const at = range[0] + 1 + body.length;
  if (body.endsWith(",") || body.includes("#")) return undefined;
  return { start: at, end: at, text: body === "" ? ` ${entry} ` : `, ${entry}` };
}

/** A line before the first entry of a map that has lines of its own. */
function insertLine({ text }: PlacedYaml, map: YAMLMap, entry: string): TextEdit | undefined {
  const first = map.items[0]?.key;
  const start = isScalar(first) ? first.range?.[0] : undefined;
  if (start === undefined) return undefined;
  const line = text.lastIndexOf("\n", start - 1) + 1;
  const indent = text.slice(line, start);
  return /^[ ]+$/.test(indent) ? { start: line, end: line, text: `${indent}${entry}\n` } : undefined;
}

/**
 * The text of a fleet.yaml in which an admin is gone.
 *
 * @throws FlurryError FLURRY_POLICY_EDIT_UNSAFE
 */
export function removeAdminFromFleetFile(text: string, file: string, name: string): string {
  const yaml = readPlacedYaml(text, file);
  const edits: TextEdit[] = [];
  const admins = yaml.document.getIn(["secrets", "admins"], true);
  if (isMap(admins) && admins.items.length < 2) {
    throw new FlurryError("FLURRY_POLICY_EDIT_UNSAFE", `${name} is the only admin: nobody else could open the files`, {
      place: yaml.place(admins),
      hint: "Add another admin to secrets.admins and run flurry secrets rekey first.",
    });
  }
  const edit = isMap(admins) ? removeEntry(yaml, admins, name) : undefined;
  if (edit === undefined) throw unsafe(yaml, admins, `take ${name} out of secrets.admins`);
  edits.push(edit);
  edits.push(...itemsNamed(yaml, "admins", name));
  return applyEdits(text, edits);
}

/**
 * The text of a fleet.yaml in which no file of secrets is for a host any more; the host itself stays.
 *
 * @param chosen - the selectors that choose the host, by file
 * @throws FlurryError FLURRY_POLICY_EDIT_UNSAFE
 */
export function removeHostFromFleetFile(
  text: string,
  file: string,
  { name, chosen }: { readonly name: string; readonly chosen: ReadonlyMap<string, readonly string[]> },
): string {
  const yaml = readPlacedYaml(text, file);
  const edits = [...chosen].flatMap(([path, selectors]): TextEdit[] => {
    const hosts = yaml.document.getIn(["secrets", "files", path, "hosts"], true);
    if (!isSeq(hosts)) throw unsafe(yaml, hosts, `take ${name} out of the hosts of ${path}`);
    return hosts.items.flatMap((item, index): TextEdit[] => {
      const selector = isScalar(item) && typeof item.value === "string" ? item.value : undefined;
      if (selector === undefined || !selectors.includes(selector)) return [];
      const range = isScalar(item) ? item.range : undefined;
      if (selector === name) {
        const removed = removeItem(yaml, hosts, index);
        if (removed === undefined) throw unsafe(yaml, item, `take ${name} out of the hosts of ${path}`);
        return [removed];
      }
      if (range === undefined || range === null) throw unsafe(yaml, item, `exclude ${name} from ${selector}`);
      const inner = /^[@*\w.-]+$/.test(selector) ? selector : `(${selector})`;
      return [{ start: range[0], end: range[1], text: JSON.stringify(`${inner} and !${name}`) }];
    });
  });
  return applyEdits(text, edits);
}

function itemsNamed(yaml: PlacedYaml, field: string, name: string): TextEdit[] {
  const files = yaml.document.getIn(["secrets", "files"], true);
  if (!isMap(files)) return [];
  return files.items.flatMap((pair): TextEdit[] => {
    const list = isMap(pair.value) ? pair.value.get(field, true) : undefined;
    if (!isSeq(list)) return [];
    const index = list.items.findIndex((item) => isScalar(item) && item.value === name);
    if (index === -1) return [];
    const edit = removeItem(yaml, list, index);
    if (edit === undefined) throw unsafe(yaml, list, `take ${name} out of this list`);
    return [edit];
  });
}

function removeEntry({ text }: PlacedYaml, map: YAMLMap, name: string): TextEdit | undefined {
  const index = map.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === name);
  const range = (at: number): { start: number; end: number } | undefined => {
    const pair = map.items[at];
    const start = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
    const value = pair?.value;
    const end = isScalar(value) || isSeq(value) || isMap(value) ? value.range?.[1] : undefined;
    return start === undefined || end === undefined ? undefined : { start, end };
  };
  const own = range(index);
  if (own === undefined) return undefined;
  if (map.flow === true) {
    const [before, after] = [range(index - 1), range(index + 1)];
    if (before !== undefined) return { start: before.end, end: own.end, text: "" };
    return after === undefined ? undefined : { start: own.start, end: after.start, text: "" };
  }
  const start = text.lastIndexOf("\n", own.start - 1) + 1;
  const newline = text.indexOf("\n", text[own.end - 1] === "\n" ? own.end - 1 : own.end);
  return { start, end: newline === -1 ? text.length : newline + 1, text: "" };
}

function pairIn(map: unknown, name: string): Pair | undefined {
  return isMap(map) ? map.items.find((pair) => isScalar(pair.key) && pair.key.value === name) : undefined;
}

function unsafe(yaml: PlacedYaml, node: unknown, what: string): FlurryError {
  return new FlurryError(
    "FLURRY_POLICY_EDIT_UNSAFE",
    "The fleet file is written in a way that cannot be changed safely",
    {
      place: yaml.place(node),
      hint: `Change it yourself: ${what}. Then run flurry secrets rekey.`,
    },
  );
}
