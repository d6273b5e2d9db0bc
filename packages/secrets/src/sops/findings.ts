import type { Issue } from "@flurry/core";

import { isSealed } from "./cipher.ts";
import type { SopsFile } from "./document.ts";
import { keyName } from "./master-key.ts";
import { fieldNames, knownFields } from "./metadata.ts";
import { compileSelector } from "./selection.ts";
import { walk, keyList } from "./walk.ts";
import type { Visit } from "./walk.ts";

/**
 * What SOPS accepts without a word though nobody may have meant it, and what its MAC leaves open. Needs no key.
 *
 * - `repeated-key`, `aliases-expanded`: from reading the file
 * - `no-mac`: nothing protects the values
 * - `unauthenticated-value`: an empty or null value that anyone could have put there
 * - `unauthenticated-comment`: a comment in clear where comments are encrypted
 * - `unauthenticated-names`: values in clear whose keys can be renamed and whose bytes can be moved to a neighbour
 * - `sealed-but-not-selected`: a ciphertext that is taken for the value itself; the selector may have been exchanged
 * - `list-comment`: a comment in a list, which SOPS 3.13.2 cannot read
 * - `key-groups`: several groups must come together
 * - `repeated-recipient`, `unknown-field`
 */
export function fileFindings(file: SopsFile): readonly Issue[] {
  return [...file.parsed.warnings, ...metadataFindings(file), ...valueFindings(file)].map((issue) =>
    file.file === undefined || issue.place !== undefined ? issue : { ...issue, place: { file: file.file } },
  );
}

function metadataFindings({ metadata }: SopsFile): Issue[] {
  const { groups, threshold, mac, source } = metadata;
  const found: Issue[] = [];
  if (mac === "") found.push(warning("no-mac", "The file has no MAC: its values could have been exchanged"));
  if (groups.length > 1) {
    const needed = threshold ?? groups.length;
    found.push(
      warning("key-groups", `Keys of ${needed} of ${groups.length} groups are needed together to open the file`, {
        hint: "If any one recipient should open it, put them all into one group.",
      }),
    );
  }
  for (const group of groups) {
    const names = group.map(keyName);
    for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
      found.push(warning("repeated-recipient", `The recipient ${name} is there twice`));
    }
  }
  for (const name of fieldNames(source)) {
    if (!knownFields.has(name.toLowerCase())) {
      found.push(warning("unknown-field", `The metadata has a field ${JSON.stringify(name)} that is not of SOPS`));
    }
  }
  return found;
}

function valueFindings({ parsed, metadata }: SopsFile): Issue[] {
  const found: Issue[] = [];
  const readable: string[] = [];
  walk(parsed.documents, compileSelector(metadata.selector), (visit) => {
    const issue = visitFinding(visit);
    if (issue !== undefined) found.push(issue);
    const { node, selected } = visit;
    if (node.kind === "leaf" && !selected && node.value.kind !== "null") readable.push(keyList(visit.keys).join("."));
  });
  if (readable.length > 0) {
    const message = metadata.macOnlyEncrypted
      ? `The MAC does not cover ${readable.length} values in clear`
      : `The MAC does not bind ${readable.length} values in clear to their keys, nor the bytes of neighbours to either`;
    found.push(warning("unauthenticated-names", message, { hint: `They are: ${readable.slice(0, 10).join(", ")}` }));
  }
  return found;
}

function visitFinding(visit: Visit): Issue | undefined {
  const { node, selected } = visit;
  const path = keyList(visit.keys);
  const shown = path.join(".") || "the top level";
  if (node.kind === "comment") {
    if (node.asItem === true) {
      return warning("list-comment", `The list at ${shown} has an encrypted comment, which SOPS 3.13.2 cannot read`, {
        path,
      });
    }
    if (!selected || node.text === "" || isSealed(node.text)) return undefined;
    return warning("unauthenticated-comment", `A comment at ${shown} is in clear`, { path });
  }
  const { value } = node;
  if (selected) {
    const isNothing = value.kind === "null" || (value.kind === "str" && value.value === "");
    return isNothing
      ? warning("unauthenticated-value", `The value at ${shown} is empty, which no MAC covers`, { path })
      : undefined;
  }
  if (value.kind !== "str" || !isSealed(value.value)) return undefined;
  return warning("sealed-but-not-selected", `The value at ${shown} is a ciphertext that the selector says is a value`, {
    path,
  });
}

function warning(code: string, message: string, more: { path?: readonly string[]; hint?: string } = {}): Issue {
  const { path = [], hint } = more;
  return { code, message, severity: "warning", path, ...(hint === undefined ? {} : { hint }) };
}
