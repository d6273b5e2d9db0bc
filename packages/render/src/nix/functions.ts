import { checkIdentifier } from "./checks.ts";
import { syntaxError } from "./nix-errors.ts";
import { node } from "./node.ts";
import type { NixFormal, NixFormals, NixLambda } from "./syntax.ts";
import { toNix } from "./to-nix.ts";
import type { NixData } from "./to-nix.ts";

/** A name in a function's braces, and what it is when the caller does not give it. */
export interface FormalInput {
  readonly name: string;
  readonly fallback?: NixData;
}

/** The rest of a function's braces. */
export interface FormalsOptions {
  /** Whether other attributes are accepted. Default: false. */
  readonly ellipsis?: boolean;
  /** A name for the whole set: `{ … }@inputs`, or `inputs@{ … }` with the side `before`. */
  readonly alias?: string;
  /** Default: `after`. */
  readonly aliasSide?: "before" | "after";
}

/**
 * A parameter in braces: `formals(["self", { name: "x", fallback: 1 }], { ellipsis: true, alias: "inputs" })` is
 * `{ self, x ? 1, ... }@inputs`.
 *
 * @throws FlurryError FLURRY_NIX_SYNTAX_INVALID for what is no name, and for a name that is there twice
 */
export function formals(names: readonly (string | FormalInput)[], options: FormalsOptions = {}): NixFormals {
  const { ellipsis = false, alias, aliasSide: side = "after" } = options;
  const list = names.map((input): NixFormal => {
    const { name, fallback }: FormalInput = typeof input === "string" ? { name: input } : input;
    checkIdentifier(name, "a parameter");
    return fallback === undefined ? { name } : { name, fallback: toNix(fallback) };
  });
  const all = [
    ...list.map(({ name }) => name),
    ...(alias === undefined ? [] : [checkIdentifier(alias, "a parameter")]),
  ];
  const twice = all.find((name, index) => all.indexOf(name) !== index);
  if (twice !== undefined) throw syntaxError(`the parameter ${twice} is there twice`);
  return { formals: list, ellipsis, ...(alias === undefined ? {} : { alias: { name: alias, side } }) };
}

/**
 * A function: `lambda("x", body)` is `x: body`, with {@link formals} it takes a set.
 *
 * @throws FlurryError FLURRY_NIX_SYNTAX_INVALID for what is no name
 */
export function lambda(parameter: string | NixFormals, body: NixData): NixLambda {
  if (typeof parameter === "string") checkIdentifier(parameter, "a parameter");
  return node({ kind: "lambda", parameter, body: toNix(body) });
}
