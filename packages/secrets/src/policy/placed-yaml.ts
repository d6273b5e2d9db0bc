import { FlurryError } from "@flurry/core";
import type { Issue, Place } from "@flurry/core";
import { yamlTooDeepAt } from "@flurry/schema";
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from "yaml";
import type { Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";

/** A configuration file in YAML whose parts know where they stand. */
export interface PlacedYaml {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
  place(node: unknown): Place;
  /** The node that an alias stands for. */
  resolve(node: unknown): Node | undefined;
}

/** More is no configuration. */
const maxBytes = 4 * 1024 * 1024;
const maxMerges = 20;

/**
 * Reads the first document of a YAML file, as SOPS does for its configuration.
 *
 * @param file - names the file in errors
 * @throws FlurryError FLURRY_POLICY_INVALID, with line and column
 */
export function readPlacedYaml(text: string, file: string): PlacedYaml {
  if (text.length > maxBytes) throw invalid("it is larger than 4 MiB", { file });
  const lines = new LineCounter();
  if (yamlTooDeepAt(text) !== undefined) throw invalid("it is nested too deeply", { file });
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    merge: true,
    keepSourceTokens: true,
    prettyErrors: false,
  });
  const document = Array.isArray(documents) ? documents[0] : undefined;
  if (document === undefined) throw invalid("it is empty", { file, line: 1, column: 1 });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const [mistake] = document.errors;
  if (mistake !== undefined) throw invalid(mistake.message, at(mistake.pos[0]));
  return {
    file,
    text,
    document,
    place: (node) => at(nodeOf(node)?.range?.[0] ?? 0),
    resolve: (node) => {
      const known = nodeOf(node);
      return isAlias(known) ? known.resolve(document) : known;
    },
  };
}

function invalid(what: string, place: Place): FlurryError {
  return new FlurryError("FLURRY_POLICY_INVALID", `The configuration cannot be read: ${what}`, { place });
}

function nodeOf(value: unknown): Node | undefined {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : undefined;
}

/** An entry of a map, with those that `<<` brings in. */
export interface PlacedEntry {
  readonly key: string;
  readonly keyNode: Node | undefined;
  readonly value: Node | undefined;
}

/** The entries of a map; undefined for anything else. */
export function entriesOfMap(yaml: PlacedYaml, node: unknown, depth = 0): readonly PlacedEntry[] | undefined {
  const map = yaml.resolve(node);
  // A map can be merged into itself.
  if (!isMap(map) || depth > maxMerges) return undefined;
  const own = map.items.flatMap((pair) => entryOf(yaml, pair));
  const merged = own
    .filter(({ key }) => key === "<<")
    .flatMap(({ value }) => (isSeq(value) ? value.items : [value]))
    .flatMap((source) => entriesOfMap(yaml, source, depth + 1) ?? []);
  const mine = own.filter(({ key }) => key !== "<<");
  return [...mine, ...merged.filter(({ key }) => !mine.some((entry) => entry.key === key))];
}

function entryOf(yaml: PlacedYaml, pair: Pair): PlacedEntry[] {
  const keyNode = yaml.resolve(pair.key);
  if (!isScalar(keyNode)) return [];
  return [{ key: keyTextOf(pair), keyNode: nodeOf(pair.key), value: nodeOf(pair.value) }];
}

/** The items of a list; undefined for anything else. */
export function itemsOfList(yaml: PlacedYaml, node: unknown): readonly Node[] | undefined {
  const list = yaml.resolve(node);
  return isSeq(list) ? list.items.flatMap((item) => nodeOf(item) ?? []) : undefined;
}

/** The text of a scalar; undefined for anything else and for nothing. */
export function textOfScalar(yaml: PlacedYaml, node: unknown): string | undefined {
  const scalar = yaml.resolve(node);
  if (!isScalar(scalar) || scalar.value === null) return undefined;
  // A fingerprint of digits alone is a number to the parser and a text to sops.
  return typeof scalar.value === "string" ? scalar.value : scalar.source;
}

/** Calls back for every scalar of a document, with the names of what it stands in. */
export function visitScalars(
  yaml: PlacedYaml,
  visit: (scalar: Scalar, inside: readonly string[], list: YAMLSeq | YAMLMap | undefined) => void,
): void {
  const go = (value: unknown, inside: readonly string[], parent: YAMLSeq | YAMLMap | undefined): void => {
    const node = nodeOf(value);
    if (isScalar(node)) visit(node, inside, parent);
    const named =
      node !== undefined && "anchor" in node && node.anchor !== undefined ? [...inside, node.anchor] : inside;
    if (isMap(node)) for (const pair of node.items) go(pair.value, [...named, keyTextOf(pair)], node);
    if (isSeq(node)) for (const item of node.items) go(item, named, node);
  };
  go(yaml.document.contents, [], undefined);
}

function keyTextOf({ key }: Pair): string {
  // The value of a merge key is a symbol.
  return isScalar(key) ? (key.source ?? String(key.value)) : "";
}

/** An issue at a node. */
export function issueAt(
  yaml: PlacedYaml,
  node: unknown,
  issue: Pick<Issue, "code" | "message" | "severity"> & { readonly hint?: string | undefined },
): Issue {
  const { code, message, severity, hint } = issue;
  return { code, message, severity, path: [], place: yaml.place(node), ...(hint === undefined ? {} : { hint }) };
}
