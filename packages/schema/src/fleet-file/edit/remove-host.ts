import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { YAMLMap, YAMLSeq } from "yaml";

import type { EditedFleetFile } from "./add-host.ts";
import { requireHost } from "./add-host.ts";
import { editableYaml, mapAt, pairOf, provenEdit, rangeOf, unsafe } from "./editable-yaml.ts";
import type { EditableYaml } from "./editable-yaml.ts";
import { applyEdits, lineEnd, lineStart } from "./text-edit.ts";
import type { TextEdit } from "./text-edit.ts";

/**
 * Removes a host from the text of a fleet.yaml, and its name from the lists that name it alone: the readers of secrets and
 * the waves. Everything else stays as it is, byte for byte.
 *
 * @throws FlurryError FLURRY_NOTHING_SELECTED for an unknown host; FLURRY_FLEET_INVALID, with the place, when the rest
 * cannot do without it, as a selector that matches nothing any more; FLURRY_EDIT_UNSAFE
 */
export function removeHostFromFleetFile(
  text: string,
  name: string,
  { file }: { readonly file: string },
): EditedFleetFile {
  const yaml = editableYaml(text, file);
  requireHost(yaml.fleet, name);
  const edits = [removal(yaml, name), ...mentions(yaml, name)];
  const names = yaml.fleet.hosts.map((host) => host.name).filter((other) => other !== name);
  return provenEdit(applyEdits(text, edits), file, names);
}

function removal({ document, text, file }: EditableYaml, name: string): TextEdit {
  const hosts = mapAt(document, ["hosts"]);
  const range = rangeOf(hosts);
  if (hosts === undefined || range === undefined) throw unsafe(file);
  const index = hosts.items.findIndex((pair) => pair === pairOf(hosts, name));
  if (index === -1) throw unsafe(file);
  if (hosts.items.length === 1) return { start: range[0], end: contentEnd(text, range), text: "{}" };
  return hosts.flow === true ? removeFromFlow(hosts, index, file) : removeLines(text, hosts.items[index], file);
}

/** A mapping's block ends behind its last line feed, which stays. */
function contentEnd(text: string, [start, end]: readonly [number, number]): number {
  return start + text.slice(start, end).trimEnd().length;
}

function removeLines(
  text: string,
  pair: { readonly key: unknown; readonly value?: unknown } | undefined,
  file: string,
): TextEdit {
  const key = rangeOf(pair?.key);
  if (pair === undefined || key === undefined) throw unsafe(file);
  const end = isAlias(pair.value) ? key[1] : (rangeOf(pair.value)?.[1] ?? key[1]);
  const start = lineStart(text, key[0]);
  return { start, end: text[end - 1] === "\n" ? end : lineEnd(text, end), text: "" };
}

function removeFromFlow(collection: YAMLMap | YAMLSeq, index: number, file: string): TextEdit {
  const spans = collection.items.map((item) => spanOf(item));
  const own = spans[index];
  const next = spans[index + 1];
  const before = spans[index - 1];
  if (own === undefined) throw unsafe(file);
  if (next !== undefined) return { start: own[0], end: next[0], text: "" };
  return { start: before?.[1] ?? own[0], end: own[1], text: "" };
}

function spanOf(item: unknown): readonly [number, number] | undefined {
  if (typeof item === "object" && item !== null && "key" in item) {
    const key = rangeOf(item.key);
    const value = "value" in item ? rangeOf(item.value) : undefined;
    return key === undefined ? undefined : [key[0], value?.[1] ?? key[1]];
  }
  return rangeOf(item);
}

/** The entries of lists that name this host and nothing else. */
function mentions({ document, text, file }: EditableYaml, name: string): readonly TextEdit[] {
  const files = mapAt(document, ["secrets", "files"]);
  const readers = (files?.items ?? []).map(({ value }) => (isMap(value) ? pairOf(value, "hosts")?.value : undefined));
  const rollout = mapAt(document, ["rollout"]);
  const waves = rollout === undefined ? undefined : pairOf(rollout, "waves")?.value;
  return [...readers, waves].filter(isSeq).flatMap((list) => {
    const at = list.items.flatMap((item, index) => (names(item, name) ? [index] : []));
    const [index] = at;
    if (index === undefined) return [];
    // Written twice it is left to the reader of the file, who will complain.
    return [list.flow === true ? removeFromFlow(list, index, file) : removeItem(text, list, { index, file })];
  });
}

function names(item: unknown, name: string): boolean {
  if (isScalar(item)) return item.value === name || item.value === `"${name}"`;
  return isMap(item) && names(pairOf(item, "hosts")?.value, name);
}

function removeItem(
  text: string,
  list: YAMLSeq,
  { index, file }: { readonly index: number; readonly file: string },
): TextEdit {
  const range = rangeOf(list);
  const item = rangeOf(list.items[index]);
  if (range === undefined || item === undefined) throw unsafe(file);
  if (list.items.length === 1) return { start: range[0], end: contentEnd(text, range), text: "[]" };
  return {
    start: lineStart(text, item[0]),
    end: text[item[1] - 1] === "\n" ? item[1] : lineEnd(text, item[1]),
    text: "",
  };
}
