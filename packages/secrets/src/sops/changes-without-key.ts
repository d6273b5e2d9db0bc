import type { Issue } from "@flurry/core";

import type { SopsFile } from "./document.ts";
import { keyName } from "./master-key.ts";
import { formatFloat } from "./scalar-bytes.ts";
import { sameSelector, compileSelector } from "./selection.ts";
import type { Scalar } from "./tree.ts";
import { keyList, walk } from "./walk.ts";

/**
 * What differs between two versions of a file that have the same MAC. Who holds the key writes a new MAC, so all of it
 * was done without the key, and SOPS accepts it: values renamed or added, comments, the selector, recipients. Needs no key.
 *
 * @returns nothing when the MACs differ
 */
export function changesWithoutKey(before: SopsFile, after: SopsFile): readonly Issue[] {
  const [a, b] = [before.metadata, after.metadata];
  if (a.mac === "" || a.mac !== b.mac) return [];
  const found: Issue[] = [];
  if (!sameSelector(a.selector, b.selector) || a.macOnlyEncrypted !== b.macOnlyEncrypted) {
    found.push(
      issue("selector-changed", `The selector was ${a.selector.kind} ${JSON.stringify(a.selector.pattern)}`, {
        hint: "Values that are added from now on may be stored in clear.",
      }),
    );
  }
  const [oldNames, newNames] = [namesOf(before), namesOf(after)];
  for (const name of newNames) {
    if (!oldNames.has(name))
      found.push(issue("recipient-added", `The recipient ${name} was added`, { severity: "warning" }));
  }
  for (const name of oldNames) {
    if (!newNames.has(name))
      found.push(issue("recipient-removed", `The recipient ${name} was removed`, { severity: "warning" }));
  }
  return [...found, ...contentChanges(before, after)];
}

function namesOf({ metadata }: SopsFile): Set<string> {
  return new Set(
    metadata.groups.flatMap((group, index) => group.map((key) => `${keyName(key)} of group ${index + 1}`)),
  );
}

interface Content {
  readonly values: readonly string[];
  readonly comments: readonly string[];
  /** How many values stand before each comment. */
  readonly positions: readonly number[];
}

function contentChanges(before: SopsFile, after: SopsFile): Issue[] {
  const [old, now] = [contentOf(before), contentOf(after)];
  const found: Issue[] = [];
  const [removed, added] = [missing(old.values, now.values), missing(now.values, old.values)];
  for (const path of added) found.push(issue("value-changed", `The value at ${path} is new or another`));
  for (const path of removed) found.push(issue("value-changed", `The value at ${path} is gone or another`));
  if (found.length === 0 && old.values.join("\0") !== now.values.join("\0")) {
    found.push(issue("value-moved", "Values stand in another order"));
  }
  const moved = found.length === 0 && old.positions.join() !== now.positions.join();
  if (moved || old.comments.join("\0") !== now.comments.join("\0")) {
    found.push(issue("comments-changed", "Comments were added, removed, moved or altered", { severity: "warning" }));
  }
  return found;
}

function contentOf({ parsed, metadata }: SopsFile): Content {
  const values: string[] = [];
  const comments: string[] = [];
  const positions: number[] = [];
  walk(parsed.documents, compileSelector(metadata.selector), ({ node, keys }) => {
    const path = keyList(keys).join(".") || "the top level";
    if (node.kind === "comment") {
      comments.push(`${path}\0${node.text}`);
      positions.push(values.length);
    } else values.push(`${path}\0${textOf(node.value)}`);
  });
  return { values, comments, positions };
}

function textOf(scalar: Scalar): string {
  if (scalar.kind === "null") return "null";
  if (scalar.kind === "bytes") return `bytes ${Buffer.from(scalar.value).toString("base64")}`;
  return `${scalar.kind} ${scalar.kind === "float" ? formatFloat(scalar.value) : String(scalar.value)}`;
}

/** The paths of what is in one list and not in the other. */
function missing(these: readonly string[], those: readonly string[]): string[] {
  const known = new Set(those);
  return these.filter((value) => !known.has(value)).map((value) => value.slice(0, value.indexOf("\0")));
}

function issue(code: string, message: string, more: { hint?: string; severity?: Issue["severity"] } = {}): Issue {
  const { hint, severity = "error" } = more;
  return { code, message, severity, path: [], ...(hint === undefined ? {} : { hint }) };
}
