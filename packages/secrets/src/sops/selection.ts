import { FlurryError } from "@flurry/core";
import { RE2JS } from "re2js";

/** The six ways in which a file says what of it is encrypted; a file has exactly one. */
export const selectorKinds = [
  "unencrypted_suffix",
  "encrypted_suffix",
  "unencrypted_regex",
  "encrypted_regex",
  "unencrypted_comment_regex",
  "encrypted_comment_regex",
] as const;

export type SelectorKind = (typeof selectorKinds)[number];

/** Which values of a file are encrypted. */
export interface Selector {
  readonly kind: SelectorKind;
  /** A suffix of keys, or an expression of the RE2 dialect that is looked for anywhere in a key or comment. */
  readonly pattern: string;
}

/** What SOPS assumes where a file says nothing. */
export const defaultSelector: Selector = { kind: "unencrypted_suffix", pattern: "_unencrypted" };

/** A selector made ready; see {@link compileSelector}. */
export interface CompiledSelector {
  readonly selector: Selector;
  /** A match means encrypted (else a match means not encrypted). */
  readonly matchEncrypts: boolean;
  /** Comments decide, not keys. */
  readonly byComment: boolean;
  matches(keyOrComment: string): boolean;
}

/**
 * Prepares a selector. An expression that does not compile is an error here: SOPS takes it as one that never matches,
 * which for `encrypted_regex` leaves the whole file readable.
 *
 * @throws FlurryError FLURRY_SOPS_METADATA_INVALID
 */
export function compileSelector(selector: Selector): CompiledSelector {
  const { kind, pattern } = selector;
  if (pattern === "") {
    throw new FlurryError("FLURRY_SOPS_METADATA_INVALID", `The selector ${kind} is empty`);
  }
  const matchEncrypts = kind.startsWith("encrypted_");
  const byComment = kind.endsWith("_comment_regex");
  if (kind.endsWith("_suffix")) {
    return { selector, matchEncrypts, byComment, matches: (key) => key.endsWith(pattern) };
  }
  const expression = compileExpression(kind, pattern);
  const seen = new Map<string, boolean>();
  const matches = (text: string): boolean => {
    const known = seen.get(text);
    if (known !== undefined) return known;
    const found = expression.matcher(text).find();
    if (text.length < 200 && seen.size < 10_000) seen.set(text, found);
    return found;
  };
  return { selector, matchEncrypts, byComment, matches };
}

function compileExpression(kind: SelectorKind, pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    throw new FlurryError("FLURRY_SOPS_METADATA_INVALID", `The ${kind} ${JSON.stringify(pattern)} does not compile`, {
      cause,
      hint: "Expressions are of the RE2 dialect: no lookaround and no backreferences.",
    });
  }
}

/** True when both select by the same rule. */
export function sameSelector(a: Selector, b: Selector): boolean {
  return a.kind === b.kind && a.pattern === b.pattern;
}
