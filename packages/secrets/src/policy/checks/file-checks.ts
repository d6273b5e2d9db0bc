import type { Issue, Place } from "@flurry/core";

import type { PolicyFile } from "../../rekey/plan.ts";
import { isSealed } from "../../sops/cipher.ts";
import { findingsOf } from "../../sops/document.ts";
import type { SopsFile } from "../../sops/document.ts";
import { compileSelector, sameSelector } from "../../sops/selection.ts";
import type { Leaf } from "../../sops/tree.ts";
import { keyList, walk } from "../../sops/walk.ts";
import type { FileReader } from "../file-drift.ts";
import { shortKey } from "../policy-key.ts";
import { finding, listed } from "./finding.ts";

/** What the checks of a file know beside it. */
export interface FileCheckContext {
  /** How messages name a file of the policy. */
  readonly name: (path: string) => string;
  /** How messages name the policy. */
  readonly policyFile: string;
}

/** One check of a file. */
export type FileCheck = (file: PolicyFile, context: FileCheckContext) => readonly Issue[];

/** A file that a rule is for, and that anyone can read. */
const notEncrypted: FileCheck = ({ path, file, rule }, { name }) => {
  if (file.kind !== "plain" || rule === undefined) return [];
  const place = { file: name(path) };
  if (rule.covers !== "everything") {
    const hint = `flurry secrets encrypt --in-place ${name(path)}; if it was ever committed so, change its values where they come from.`;
    return [
      finding("not-encrypted", `The file is not encrypted, and rule ${rule.name} says who may read it`, {
        place,
        hint,
      }),
    ];
  }
  // A rule for everything covers files that are no secrets; the name has to say the rest.
  if (!/(?:^|[/._-])secrets?(?:[/._-]|$)/i.test(path) || !/\.(?:ya?ml|json|env|ini)$/.test(path)) return [];
  return [
    finding("maybe-not-encrypted", "The file is called a secret and is not encrypted", {
      place,
      severity: "warning",
      hint: `flurry secrets encrypt --in-place ${name(path)}, or give the rule for everything a path_regex.`,
    }),
  ];
};

/** Damaged files, links, and files that are not there. */
const unreadable: FileCheck = ({ path, file }, { name }) => {
  const place = { file: name(path) };
  switch (file.kind) {
    case "unreadable":
      return [
        finding("unreadable", file.error.message, {
          place: { ...file.error.place, file: name(path) },
          hint: file.error.hint,
        }),
      ];
    case "link":
      return [
        finding("link", "The file is a link, and secrets are never written through one", {
          place,
          severity: "warning",
          hint: "Replace it by the file that it points to.",
        }),
      ];
    case "absent":
      return [finding("absent", "A rule names the file, and there is none", { place, severity: "warning" })];
    case "plain":
    case "sops":
    case "age":
      return [];
  }
};

/** An encrypted file that nothing says anything about. */
const withoutRule: FileCheck = ({ path, file, rule }, { name, policyFile }) =>
  rule !== undefined || (file.kind !== "sops" && file.kind !== "age")
    ? []
    : [
        finding("no-rule", `No rule of ${policyFile} covers this encrypted file`, {
          place: { file: name(path) },
          hint: "Say who may read it, or delete it: nobody is ever added to it or taken out.",
        }),
      ];

/** Readers of the file that are not those of its rule. */
const drifted: FileCheck = ({ path, drift, rule }, { name }) => {
  if (drift?.status !== "drifted" || rule === undefined) return [];
  const place = { file: name(path) };
  const hint = `flurry secrets rekey ${name(path)}`;
  const found: Issue[] = [];
  const by = rule.place?.line === undefined ? "" : ` (${rule.place.file}:${rule.place.line})`;
  if (drift.missing.length > 0) {
    const who = listed(drift.missing.map(shown));
    found.push(
      finding("reader-missing", `${who} cannot read the file, and by the policy should${by}`, { place, hint }),
    );
  }
  const foreign = drift.extra.filter(({ key }) => key !== undefined && key.type !== "age" && key.type !== "pgp");
  const extra = drift.extra.filter((reader) => !foreign.includes(reader));
  if (extra.length > 0) {
    const who = listed(extra.map(shown));
    found.push(finding("reader-extra", `${who} can read the file, and by the policy should not${by}`, { place, hint }));
  }
  if (foreign.length > 0) {
    const who = listed(foreign.map(shown));
    found.push(
      finding("reader-extra", `${who} can read the file, and the policy does not name that key${by}`, { place, hint }),
    );
  }
  if (drift.groups !== undefined)
    found.push(finding("groups-differ", `Key groups differ: ${drift.groups}`, { place, hint }));
  return found;
};

function shown({ reader, kind, key }: FileReader): string {
  return kind === "key" && key !== undefined && reader !== shortKey(key) ? `${reader} (${shortKey(key)})` : reader;
}

/** A file that encrypts other values than its rule says: nothing authenticates which, so it may have been changed. */
const otherSelection: FileCheck = ({ path, file, rule }, { name }) => {
  if (file.kind !== "sops" || rule === undefined) return [];
  const place = { file: name(path) };
  const { selector, macOnlyEncrypted } = file.file.metadata;
  const found: Issue[] = [];
  if (rule.selector !== undefined && file.file.format !== "binary" && !sameSelector(rule.selector, selector)) {
    found.push(
      finding(
        "selector-differs",
        `The file encrypts by ${selector.kind} ${JSON.stringify(selector.pattern)}, the policy says ${rule.selector.kind} ${JSON.stringify(rule.selector.pattern)}`,
        { place, hint: "Decrypt and encrypt it anew. Nothing authenticates this: find out who changed it." },
      ),
    );
  }
  if (rule.macOnlyEncrypted && !macOnlyEncrypted && file.file.format !== "binary")
    found.push(
      finding("mac-differs", "The MAC covers values in clear as well, which the policy does not say", {
        place,
        severity: "warning",
      }),
    );
  return found;
};

/** Values that should be encrypted and are there for all to read. */
const valuesInClear: FileCheck = ({ path, file }, { name }) => {
  if (file.kind !== "sops") return [];
  const { parsed, metadata } = file.file;
  const found: { readonly keys: string; readonly node: Leaf }[] = [];
  walk(parsed.documents, compileSelector(metadata.selector), ({ node, selected, keys }) => {
    if (node.kind !== "leaf" || !selected || node.value.kind === "null") return;
    const { value } = node;
    if (value.kind === "str" && (value.value === "" || isSealed(value.value))) return;
    found.push({ keys: keyList(keys).join("."), node });
  });
  return found.map(({ keys, node }) =>
    finding("value-not-encrypted", `The value at ${keys} is not encrypted`, {
      place: placeOf(file.file, node, name(path)),
      hint: "Change the value where it comes from, then put the new one in with flurry secrets set.",
    }),
  );
};

function placeOf({ parsed }: SopsFile, { span }: Leaf, file: string): Place {
  if (span === undefined) return { file };
  const before = parsed.text.slice(0, span.start);
  return { file, line: before.split("\n").length, column: span.start - before.lastIndexOf("\n") };
}

/** Findings of the format that nobody can have meant; the others are for an audit. */
const severities: Readonly<Record<string, Issue["severity"]>> = {
  "no-mac": "error",
  "sealed-but-not-selected": "error",
  "list-comment": "warning",
  "repeated-recipient": "warning",
  "repeated-key": "warning",
  "unknown-field": "warning",
};

const ofTheFormat: FileCheck = ({ path, file }, { name }) =>
  file.kind !== "sops"
    ? []
    : findingsOf(file.file).flatMap((issue): Issue[] => {
        const severity = severities[issue.code];
        return severity === undefined ? [] : [{ ...issue, severity, place: { ...issue.place, file: name(path) } }];
      });

export const fileChecks: readonly FileCheck[] = [
  unreadable,
  notEncrypted,
  withoutRule,
  drifted,
  otherSelection,
  valuesInClear,
  ofTheFormat,
];
