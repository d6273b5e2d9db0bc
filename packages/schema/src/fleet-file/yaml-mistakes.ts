import type { Issue, Place } from "@flurry/core";
import { isMap, visit } from "yaml";
import type { ErrorCode, Pair, YAMLError, YAMLMap, YAMLSeq } from "yaml";

import { quoted } from "../complaint.ts";
import { keyText, placeAt } from "./yaml-places.ts";
import type { PlacedDocument } from "./yaml-places.ts";

type Collection = YAMLMap | YAMLSeq;

/** What to do about a syntax error; the parser only says what it saw. */
const hints: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: "indent with spaces",
  BAD_INDENT: "check the indentation, and that every [ and { is closed",
  BLOCK_AS_IMPLICIT_KEY: 'put a value with ": " in it in quotes, and check the indentation',
  MULTILINE_IMPLICIT_KEY: "check that the key ends in a colon and that the indentation is right",
  BAD_SCALAR_START: 'put the value in quotes: "@storage"',
  MISSING_CHAR: "close the quotes, bracket or brace",
  MULTIPLE_DOCS: "keep one document and remove the line ---",
  TAG_RESOLVE_FAILED: "remove the tag that begins with !, or put the value in quotes",
  NON_STRING_KEY: "write a plain name before the colon",
};

/** Further ones are mostly consequences of the first. */
const mostSyntaxErrors = 10;

/** Everything that keeps a text from being data: syntax, doubled keys, unknown tags and aliases. */
export function yamlMistakes(source: PlacedDocument): readonly Issue[] {
  const { errors, warnings } = source.document;
  const tooDeep = errors.find((error) => error.code === "RESOURCE_EXHAUSTION");
  if (tooDeep !== undefined) return [nestedTooDeeply(placeAt(source, tooDeep.pos[0]))];
  const syntax = [...errors, ...warnings].slice(0, mostSyntaxErrors).map((error) => syntaxIssue(error, source));
  return syntax.length > 0 ? syntax : contentMistakes(source);
}

/** The issue of a file that would exhaust the stack. */
export function nestedTooDeeply(place: Place): Issue {
  return { code: "yaml-too-deep", message: "the file is nested too deeply", severity: "error", path: [], place };
}

function syntaxIssue(error: YAMLError, source: PlacedDocument): Issue {
  if (error.code === "DUPLICATE_KEY") return duplicateKey(error.pos[0], source);
  const opened = error.code === "BAD_INDENT" ? openedBefore(error.pos[0], source) : undefined;
  if (opened !== undefined) return notClosed(opened, source);
  const issue: Issue = {
    code: "yaml-syntax",
    message: plain(error),
    severity: "error",
    path: [],
    place: placeAt(source, error.pos[0]),
  };
  const hint = hints[error.code];
  return hint === undefined ? issue : { ...issue, hint };
}

/** The list or mapping in brackets that the parser gave up at an offset. */
function openedBefore(offset: number, { document }: PlacedDocument): Collection | undefined {
  let found: Collection | undefined;
  visit(document, {
    Collection: (_, collection) => {
      if (collection.flow === true && collection.range?.[1] === offset) found = collection;
    },
  });
  return found;
}

function notClosed(collection: Collection, source: PlacedDocument): Issue {
  const [open, close] = isMap(collection) ? ["{", "}"] : ["[", "]"];
  return {
    code: "yaml-syntax",
    message: `the ${open} that opens here is not closed`,
    severity: "error",
    path: [],
    place: placeAt(source, collection.range?.[0] ?? 0),
    hint: `write the ${close} that ends it; lines within are indented deeper than the key before it`,
  };
}

function plain({ code, message }: YAMLError): string {
  if (code === "MULTIPLE_DOCS") return "the file holds more than one document";
  if (code === "NON_STRING_KEY") return "a key is no text";
  if (message.startsWith("Missing closing")) return `the closing ${message.includes('"') ? '"' : "'"} is missing`;
  const text = message.replace(/\s+/g, " ");
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function duplicateKey(offset: number, source: PlacedDocument): Issue {
  let found: Issue = {
    code: "duplicate-key",
    message: "the key stands here twice",
    severity: "error",
    path: [],
    place: placeAt(source, offset),
  };
  visit(source.document, {
    Pair: (_, pair, ancestors) => {
      if (offsetOfKey(pair) !== offset) return undefined;
      const keys = [...ancestors.filter((node) => "key" in node), pair].flatMap((node) => keyText(node) ?? []);
      const first = firstOf(pair, ancestors.at(-1));
      const hint = first === undefined ? {} : { hint: `the first one is in line ${placeAt(source, first).line}` };
      found = { ...found, path: keys, message: "the same key twice", ...hint };
      return visit.BREAK;
    },
  });
  return found;
}

function firstOf(pair: Pair, parent: unknown): number | undefined {
  if (!isMap(parent)) return undefined;
  const first = parent.items.find((other) => keyText(other) === keyText(pair));
  return first === undefined ? undefined : offsetOfKey(first);
}

function offsetOfKey(pair: Pair): number | undefined {
  const { key } = pair;
  if (typeof key !== "object" || key === null || !("range" in key) || !Array.isArray(key.range)) return undefined;
  const start: unknown = key.range[0];
  return typeof start === "number" ? start : undefined;
}

function contentMistakes(source: PlacedDocument): readonly Issue[] {
  const issues: Issue[] = [];
  visit(source.document, {
    Alias: (_, alias) => {
      if (alias.resolve(source.document) !== undefined) return;
      issues.push({
        code: "yaml-alias",
        message: `there is no anchor &${alias.source} above this alias`,
        severity: "error",
        path: [],
        place: placeAt(source, alias.range?.[0] ?? 0),
        hint: `mark the value with &${alias.source}, or put the text in quotes: ${quoted(`*${alias.source}`)}`,
      });
    },
    Pair: (_, pair) => {
      // Such a key would change the prototype of an object instead of adding a key to it.
      if (keyText(pair) !== "__proto__") return;
      const place = placeAt(source, offsetOfKey(pair) ?? 0);
      issues.push({ code: "unknown-key", message: "__proto__ cannot be a key", severity: "error", path: [], place });
    },
  });
  return issues;
}
