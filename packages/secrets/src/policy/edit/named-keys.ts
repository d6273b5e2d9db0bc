import { isMap, isScalar, isSeq } from "yaml";
import type { YAMLSeq } from "yaml";

import type { TextEdit } from "../../sops/stores/store.ts";
import { textOfScalar } from "../placed-yaml.ts";
import type { PlacedYaml } from "../placed-yaml.ts";

/**
 * Begins a list `keys` above the rules of a `.sops.yaml` that has none: SOPS takes no notice of it, and what is anchored in
 * it has a name.
 *
 * @param item - its only item
 * @returns undefined when the file is written in a way that this does not know
 */
export function newListOfKeys(yaml: PlacedYaml, item: string | undefined): TextEdit | undefined {
  const start = lineOfEntry(yaml, "creation_rules");
  if (item === undefined || start === undefined || yaml.document.has("keys")) return undefined;
  const newline = yaml.text.includes("\r\n") ? "\r\n" : "\n";
  const at = aboveComments(yaml.text, start);
  return { start: at, end: at, text: `keys:${newline}  - ${item}${newline}` };
}

/** The list `keys` where it has one item and this is to go: then the list goes with it. */
export function onlyKeyListed(
  yaml: PlacedYaml,
  isGone: (value: string) => boolean,
): { readonly list: YAMLSeq; readonly edit: TextEdit } | undefined {
  const list = yaml.document.get("keys", true);
  const start = lineOfEntry(yaml, "keys");
  if (!isSeq(list) || list.items.length !== 1 || start === undefined) return undefined;
  const [item] = list.items;
  const value = isScalar(item) ? textOfScalar(yaml, item) : undefined;
  if (value === undefined || !isGone(value) || !isScalar(item) || item.range === null || item.range === undefined)
    return undefined;
  // With what stands behind it on its line: a comment, a bracket.
  const end = yaml.text.indexOf("\n", item.range[1]);
  return { list, edit: { start, end: end === -1 ? yaml.text.length : end + 1, text: "" } };
}

/** Where the line of an entry of the file itself begins; undefined where that is not the entry alone. */
function lineOfEntry({ document, text }: PlacedYaml, name: string): number | undefined {
  const { contents } = document;
  if (!isMap(contents) || contents.flow === true) return undefined;
  const key = contents.items.find((pair) => isScalar(pair.key) && pair.key.value === name)?.key;
  const at = isScalar(key) ? key.range?.[0] : undefined;
  return at === 0 || (at !== undefined && text[at - 1] === "\n") ? at : undefined;
}

/** The comment lines directly above a line belong to it. */
function aboveComments(text: string, start: number): number {
  const before = text.slice(0, start);
  return start - (/(?:^|(?<=\n))(?:#[^\n]*\n)+$/.exec(before)?.[0].length ?? 0);
}
