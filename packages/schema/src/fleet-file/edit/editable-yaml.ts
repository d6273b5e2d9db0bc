import { FlurryError } from "@flurry/core";
import type { Document, Node, Pair, YAMLMap } from "yaml";
import { isMap, isScalar, parseDocument } from "yaml";

import type { Fleet } from "../../fleet/fleet.ts";
import { fleetInvalid } from "../../render-issue.ts";
import { parseFleetYaml } from "../read-yaml.ts";
import { keyText } from "../yaml-places.ts";

/** The text of a fleet.yaml with what it means. */
export interface EditableYaml {
  readonly text: string;
  /** Names the file in messages. */
  readonly file: string;
  readonly document: Document;
  readonly fleet: Fleet;
}

/**
 * Reads the text of a fleet.yaml that is to be edited.
 *
 * @throws FlurryError FLURRY_FLEET_INVALID
 */
export function editableYaml(text: string, file: string): EditableYaml {
  const read = parseFleetYaml(text, { file });
  if (!read.ok) throw fleetInvalid(read.issues);
  const document = parseDocument(text, { merge: true, stringKeys: true, prettyErrors: false, logLevel: "error" });
  return { text, file, document, fleet: read.value };
}

/**
 * Proves that an edit did what it should: the new text is a fleet whose hosts are those that are expected.
 *
 * @throws FlurryError FLURRY_FLEET_INVALID with the place of what is now wrong; FLURRY_EDIT_UNSAFE when the file is
 * written in a way that this edit does not understand
 */
export function provenEdit(text: string, file: string, hosts: readonly string[]): { text: string; fleet: Fleet } {
  const read = parseFleetYaml(text, { file });
  if (!read.ok) throw fleetInvalid(read.issues);
  const names = read.value.hosts.map(({ name }) => name);
  if (names.join("\n") === hosts.join("\n")) return { text, fleet: read.value };
  throw unsafe(file);
}

/** The refusal to change a file whose form is not understood. */
export function unsafe(file: string): FlurryError {
  return new FlurryError("FLURRY_EDIT_UNSAFE", `${file} is written in a way that Flurry cannot change safely`, {
    place: { file },
    hint: "write each host as one entry below hosts:, without anchors, aliases or merge keys around it; or edit the file yourself",
  });
}

/** The pair of a key in a mapping. */
export function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => keyText(pair) === key);
}

/** The mapping at the end of some keys, from the top of the file; undefined when there is none. */
export function mapAt(document: Document, keys: readonly string[]): YAMLMap | undefined {
  let node: unknown = document.contents;
  for (const key of keys) node = isMap(node) ? pairOf(node, key)?.value : undefined;
  return isMap(node) ? node : undefined;
}

/** Where a node stands: from its first character to behind its last one, without comments. */
export function rangeOf(node: unknown): readonly [start: number, end: number] | undefined {
  const range = isNode(node) ? node.range : undefined;
  return range === undefined || range === null ? undefined : [range[0], range[1]];
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || (typeof value === "object" && value !== null && "range" in value);
}
