import type { Issue, Place, Result } from "@flurry/core";
import { LineCounter, isMap } from "yaml";

import type { Fleet } from "../fleet/fleet.ts";
import { parseFleet } from "./parse-fleet.ts";
import { boundedDocument } from "./yaml-depth.ts";
import { nestedTooDeeply, yamlMistakes } from "./yaml-mistakes.ts";
import { placeAt, placeIssue } from "./yaml-places.ts";
import type { PlacedDocument } from "./yaml-places.ts";

/** More aliases than this multiply a small file into one that fills the memory. */
const maxAliasCount = 100;

/** A larger fleet file is none: a thousand hosts take less than half a megabyte. */
export const largestFleetFileBytes: number = 4 * 1024 * 1024;

/**
 * Reads a fleet.yaml. Every issue has a line and a column.
 *
 * @param text - the file's content
 * @param options - `file` names it in messages
 */
export function parseFleetYaml(text: string, options: { readonly file: string }): Result<Fleet> {
  const { file } = options;
  const lines = new LineCounter();
  const document = boundedDocument(text, {
    lineCounter: lines,
    merge: true,
    stringKeys: true,
    prettyErrors: false,
    logLevel: "error",
  });
  if ("tooDeepAt" in document) return failed(nestedTooDeeply(placeOf(document.tooDeepAt, lines, file)));
  return readDocument({ document, lines, file });
}

function readDocument(source: PlacedDocument): Result<Fleet> {
  const mistakes = yamlMistakes(source);
  if (mistakes.length > 0) return failed(...mistakes.toSorted(byPlace));
  const { document, file } = source;
  if (!isMap(document.contents)) return failed(notAMapping(source));
  const data = dataOf(source);
  if ("issue" in data) return failed(data.issue);
  const fleet = parseFleet(data.value, { file });
  const place = (issue: Issue): Issue => placeIssue(issue, source);
  return fleet.ok
    ? { ...fleet, warnings: fleet.warnings.map(place).toSorted(byPlace) }
    : { ok: false, issues: fleet.issues.map(place).toSorted(byPlace) };
}

function dataOf(source: PlacedDocument): { readonly value: unknown } | { readonly issue: Issue } {
  try {
    const value: unknown = source.document.toJS({ maxAliasCount });
    return { value };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const message = `the aliases of the file make more than ${maxAliasCount} copies of a value`;
    return { issue: { ...issueAt(source.file, "yaml-aliases", message), hint: "use defaults instead of aliases" } };
  }
}

function notAMapping(source: PlacedDocument): Issue {
  const { contents } = source.document;
  const hint = "begin with hosts: and list the machines below it";
  const isEmpty = contents === null || (contents.range?.[0] ?? 0) === (contents.range?.[1] ?? 0);
  if (isEmpty) return { ...issueAt(source.file, "empty-file", "the file is empty"), hint };
  const place = placeAt(source, contents.range?.[0] ?? 0);
  return { ...issueAt(source.file, "wrong-type", "expected a mapping with hosts"), place, hint };
}

function placeOf(offset: number, lines: LineCounter, file: string): Place {
  const { line, col } = lines.linePos(offset);
  return { file, line, column: col };
}

function issueAt(file: string, code: string, message: string): Issue {
  return { code, message, severity: "error", path: [], place: { file, line: 1, column: 1 } };
}

function failed(...issues: readonly Issue[]): Result<Fleet> {
  return { ok: false, issues };
}

function byPlace(a: Issue, b: Issue): number {
  const line = (a.place?.line ?? 0) - (b.place?.line ?? 0);
  return line === 0 ? (a.place?.column ?? 0) - (b.place?.column ?? 0) : line;
}
