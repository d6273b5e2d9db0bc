import { nearestName } from "@flurry/core";
import type { Issue } from "@flurry/core";
import type * as z from "zod";

import { quoted } from "../complaint.ts";
import { keysAt, oneOf, unknownKeyHint } from "./schema-keys.ts";

type Path = readonly (string | number)[];

interface Context {
  readonly schema: z.core.$ZodType;
  readonly data: unknown;
}

/** What the types that zod names are called for people. */
const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

/**
 * Checks data against a schema.
 *
 * @returns the data as the schema's type, or every mistake with its path
 */
export function checkAgainst<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
): { readonly ok: true; readonly value: z.output<Schema> } | { readonly ok: false; readonly issues: readonly Issue[] } {
  const parsed = schema.safeParse(data, { error: defaultMessage });
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, issues: parsed.error.issues.flatMap((issue) => toIssues(issue, [], { schema, data })) };
}

function defaultMessage(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === "invalid_type" ? `expected ${typeNames[issue.expected] ?? issue.expected}` : undefined;
}

function toIssues(issue: z.core.$ZodIssue, base: Path, context: Context): readonly Issue[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
  const value = valueAt(context.data, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, path, context));
    case "invalid_union":
      return unionIssues(issue, path, context);
    case "invalid_key":
      return issue.issues
        .flatMap((inner) => toIssues(inner, path, context))
        .map((inner) => ({ ...inner, code: "invalid-name" }));
    case "invalid_type":
      return [value === undefined ? missing(path, issue.message) : wrongType(path, issue.message, value)];
    case "invalid_value":
      return [wrongWord(path, issue.values.map(String), value)];
    case "too_small":
      return [invalid(path, tooSmall(issue, value))];
    case "too_big":
      return [invalid(path, `expected at most ${issue.maximum}, got ${String(value)}`)];
    case "custom":
      return [invalid(path, issue.message, hintOf(issue.params))];
    case "invalid_format":
    case "not_multiple_of":
    case "invalid_element":
      return [invalid(path, issue.message)];
  }
}

function tooSmall(issue: z.core.$ZodIssueTooSmall, value: unknown): string {
  return issue.origin === "array" ? "the list is empty" : `expected at least ${issue.minimum}, got ${String(value)}`;
}

/** Only the branch that the user meant is worth reporting; where it cannot be told, the union says what it expects. */
function unionIssues(issue: z.core.$ZodIssueInvalidUnion, path: Path, context: Context): readonly Issue[] {
  const value = valueAt(context.data, path);
  if (value === undefined) return [missing(path, issue.message)];
  const branches = issue.errors.filter((errors) => !errors.some(isMismatch));
  const costs = branches.map((errors) => errors.reduce((cost, error) => cost + costOf(error), 0));
  const least = Math.min(...costs);
  const meant = branches.filter((_, index) => costs[index] === least);
  if (meant.length === 1) return meant.flat().flatMap((error) => toIssues(error, path, context));
  const allowed = keysAt(context.schema, path);
  const keys = meant.length === 0 ? [] : Object.keys(Object(value)).filter((key) => !allowed.includes(key));
  if (keys.length > 0) return keys.map((key) => unknownKey(key, path, context));
  return [wrongType(path, issue.message, value)];
}

/** True where a value is of another type than the branch takes. */
function isMismatch(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}

function costOf(issue: z.core.$ZodIssue): number {
  return issue.code === "unrecognized_keys" ? issue.keys.length : 1;
}

function unknownKey(key: string, path: Path, context: Context): Issue {
  return {
    code: "unknown-key",
    message: "unknown key",
    severity: "error",
    path: [...path, key],
    hint: unknownKeyHint(key, keysAt(context.schema, path)),
  };
}

function missing(path: Path, expected: string): Issue {
  return { code: "missing-key", message: "missing", severity: "error", path, hint: expected };
}

function wrongType(path: Path, expected: string, value: unknown): Issue {
  const hint = typeHint(expected, value);
  const issue = { code: "wrong-type", message: `${expected}, got ${kindOf(value)}`, severity: "error", path } as const;
  return hint === undefined ? issue : { ...issue, hint };
}

/** Texts are not repeated: a secret may have slipped in where something else was expected. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return mappingWith(Object.keys(value));
  if (typeof value === "string") return "a text";
  return typeof value === "number" || typeof value === "boolean" ? String(value) : `a ${typeof value}`;
}

function mappingWith(keys: readonly string[]): string {
  if (keys.length === 0) return "an empty mapping";
  return keys.length > 4 ? "a mapping" : `a mapping with ${keys.map((key) => quoted(key).slice(1, -1)).join(", ")}`;
}

function typeHint(expected: string, value: unknown): string | undefined {
  if (value === null) return "give it a value or remove the key";
  if (expected === "expected a text" && (typeof value === "number" || typeof value === "boolean")) {
    return `put it in quotes: "${value}"`;
  }
  if (expected === "expected a list" && typeof value !== "object") return "put it in brackets: [...]";
  if (typeof value !== "string") return undefined;
  if (expected.endsWith("number") && /^\d+$/.test(value)) return "leave the quotes away";
  if (expected === "expected true or false") {
    if (/^(?:yes|on|true)$/i.test(value)) return "write true";
    if (/^(?:no|off|false)$/i.test(value)) return "write false";
  }
  return undefined;
}

function wrongWord(path: Path, words: readonly string[], value: unknown): Issue {
  const expected = `expected ${oneOf(words)}`;
  if (value === undefined) return missing(path, expected);
  if (typeof value !== "string") return wrongType(path, expected, value);
  const nearest = nearestName(value, words);
  return invalid(
    path,
    `${quoted(value)} is not one of ${words.join(", ")}`,
    nearest === undefined ? undefined : `did you mean "${nearest}"?`,
  );
}

function invalid(path: Path, message: string, hint?: string): Issue {
  const issue = { code: "invalid-value", message, severity: "error", path } as const;
  return hint === undefined ? issue : { ...issue, hint };
}

function hintOf(params: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const hint = params?.["hint"];
  return typeof hint === "string" ? hint : undefined;
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}
