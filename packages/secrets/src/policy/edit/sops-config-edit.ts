import { FlurryError } from "@flurry/core";
import { isMap, isScalar, isSeq } from "yaml";
import type { YAMLSeq } from "yaml";

import { applyEdits } from "../../sops/stores/store.ts";
import type { TextEdit } from "../../sops/stores/store.ts";
import { entriesOfMap, itemsOfList, readPlacedYaml, textOfScalar } from "../placed-yaml.ts";
import type { PlacedYaml } from "../placed-yaml.ts";
import { canonicalKey, keyOfText } from "../policy-key.ts";
import type { PolicyKey } from "../policy-key.ts";
import { newListOfKeys, onlyKeyListed } from "./named-keys.ts";
import { appendItem, appendToText, removeFromText, removeItem } from "./yaml-list-edit.ts";

/** A reader that comes to some rules of a `.sops.yaml`. */
export interface AddToConfig {
  /** Becomes an anchor where the file has a list of keys or nowhere else for a name, else a comment. */
  readonly name: string;
  readonly kind: "admin" | "host" | "key";
  readonly key: PolicyKey;
  /** The rules, by their index. */
  readonly rules: readonly number[];
}

/**
 * The text of a `.sops.yaml` with a reader more. Only lines that name keys change; comments and layout stay.
 *
 * @throws FlurryError FLURRY_POLICY_EDIT_UNSAFE for a layout that cannot be changed safely
 */
export function addToSopsConfig(text: string, file: string, { name, kind, key, rules }: AddToConfig): string {
  const yaml = readPlacedYaml(text, file);
  const edits: TextEdit[] = [];
  const anchor = anchorFor(name);
  const listed = listOfKeys(yaml, kind);
  const definition =
    listed === undefined || anchorTaken(text, anchor)
      ? undefined
      : appendItem(yaml, listed, { item: `&${anchor} ${key.id}` });
  if (definition !== undefined) edits.push(definition);
  const item = definition === undefined ? { item: key.id, comment: name } : { item: `*${anchor}` };
  for (const index of rules) {
    const edit = addToRule(yaml, index, { key, item });
    if (edit === undefined) throw unsafe(yaml, index, { name, key });
    if (!edits.some((one) => one.start === edit.start && one.text === edit.text)) edits.push(edit);
  }
  // A text with commas and a list in brackets have no place for a name, by which the key is found again.
  if (definition === undefined && !edits.some((edit) => edit.text.endsWith(` # ${name}`))) {
    const named = newListOfKeys(yaml, anchorTaken(text, anchor) ? undefined : `&${anchor} ${key.id}`);
    if (named !== undefined) edits.push(named);
  }
  return applyEdits(text, edits);
}

/**
 * The text of a `.sops.yaml` without some keys.
 *
 * @throws FlurryError FLURRY_POLICY_EDIT_UNSAFE
 */
export function removeFromSopsConfig(text: string, file: string, keys: readonly PolicyKey[]): string {
  const yaml = readPlacedYaml(text, file);
  const gone = new Set(keys.map(canonicalKey));
  const isGone = (value: string): boolean => {
    const key = keyOfText(value.trim());
    return key !== undefined && gone.has(canonicalKey(key));
  };
  const edits: TextEdit[] = [];
  const only = onlyKeyListed(yaml, isGone);
  if (only !== undefined) edits.push(only.edit);
  const goneList = only?.list;
  const go = (node: unknown): void => {
    if (isMap(node)) {
      for (const pair of node.items) {
        if (pair.value === goneList) continue;
        if (isScalar(pair.value) && isCommaText(pair.value.value) && pair.value.value.split(",").some(isGone)) {
          const found = removeFromText(yaml, pair.value, isGone);
          if (found === undefined) throw cannotRemove(yaml, pair.value);
          edits.push(...found);
        } else go(pair.value);
      }
      return;
    }
    if (!isSeq(node)) return;
    for (const [index, item] of node.items.entries()) {
      const value = textOfScalar(yaml, item);
      if (value === undefined || !isGone(value)) {
        go(item);
        continue;
      }
      const edit = node.items.length > 1 ? removeItem(yaml, node, index) : undefined;
      if (edit === undefined) throw cannotRemove(yaml, item);
      edits.push(edit);
    }
  };
  go(yaml.document.contents);
  return applyEdits(text, edits);
}

function isCommaText(value: unknown): value is string {
  return typeof value === "string" && /(?:age1|ssh-|[0-9A-Fa-f]{40})/.test(value);
}

/** Where anchors are: the list `keys`, or the list of hosts or users within it. */
function listOfKeys(yaml: PlacedYaml, kind: AddToConfig["kind"]): YAMLSeq | undefined {
  const keys = yaml.document.get("keys", true);
  const words = kind === "host" ? /hosts?|machines?|servers?|systems?/i : /users?|admins?|people/i;
  const lists = listsIn(keys, []);
  const own = lists.find(({ names }) => names.some((name) => words.test(name)));
  return own?.list ?? lists.find(({ list }) => list.items.every((item) => isScalar(item)))?.list;
}

interface NamedList {
  readonly list: YAMLSeq;
  readonly names: readonly string[];
}

function listsIn(node: unknown, names: readonly string[]): NamedList[] {
  if (isMap(node)) {
    return node.items.flatMap((pair) =>
      listsIn(pair.value, [...names, isScalar(pair.key) ? String(pair.key.value) : ""]),
    );
  }
  if (!isSeq(node)) return [];
  const own = node.anchor === undefined ? names : [...names, node.anchor];
  const inner = node.items.flatMap((item) => listsIn(item, own));
  return node.items.some((item) => isScalar(item)) ? [{ list: node, names: own }, ...inner] : inner;
}

function anchorFor(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, "_");
}

function anchorTaken(text: string, anchor: string): boolean {
  return new RegExp(`&${anchor}(?![A-Za-z0-9_-])`).test(text);
}

function addToRule(
  yaml: PlacedYaml,
  index: number,
  { key, item }: { readonly key: PolicyKey; readonly item: { readonly item: string; readonly comment?: string } },
): TextEdit | undefined {
  const rule = itemsOfList(yaml, yaml.document.get("creation_rules", true))?.[index];
  const groups = itemsOfList(yaml, entry(yaml, rule, "key_groups")) ?? [];
  // Which of several groups is meant, only a person knows.
  if (groups.length > 1) return undefined;
  const place = entry(yaml, groups[0] ?? rule, key.type);
  const list = yaml.resolve(place);
  if (isSeq(list)) return appendItem(yaml, list, item);
  return isScalar(place) ? appendToText(yaml, place, key.id) : undefined;
}

function entry(yaml: PlacedYaml, node: unknown, name: string): unknown {
  return entriesOfMap(yaml, node)?.find(({ key }) => key === name)?.value;
}

function unsafe(
  yaml: PlacedYaml,
  index: number,
  { name, key }: { readonly name: string; readonly key: PolicyKey },
): FlurryError {
  const rule = itemsOfList(yaml, yaml.document.get("creation_rules", true))?.[index];
  return new FlurryError("FLURRY_POLICY_EDIT_UNSAFE", `This rule is written in a way that cannot be changed safely`, {
    place: yaml.place(rule),
    hint: `Add ${name} yourself, then run flurry secrets rekey: the key is ${key.id}`,
  });
}

function cannotRemove(yaml: PlacedYaml, node: unknown): FlurryError {
  return new FlurryError("FLURRY_POLICY_EDIT_UNSAFE", "The key cannot be taken out here safely", {
    place: yaml.place(node),
    hint: "Nobody else may be left in this list. Change it yourself, then run flurry secrets rekey.",
  });
}
