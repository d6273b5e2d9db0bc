import { isIdentifier } from "./names.ts";
import { syntaxError } from "./nix-errors.ts";
import { isNixExpression } from "./syntax.ts";
import type { NixAttrName, NixAttrPath, NixBinding, NixExpression } from "./syntax.ts";
import { checkText, toNix } from "./to-nix.ts";
import type { NixData } from "./to-nix.ts";

/** One name, or the steps of a path. */
export type AttrPathInput = string | NixExpression | readonly NixAttrName[];

/** Bindings as a list, or as an object whose properties are the attributes. */
export type BindingsInput = readonly NixBinding[] | { readonly [name: string]: NixData | undefined };

/** @throws FlurryError FLURRY_NIX_SYNTAX_INVALID for a text that is no name without quotes */
export function checkIdentifier(name: string, what: string): string {
  if (isIdentifier(name)) return name;
  throw syntaxError(
    `${JSON.stringify(name)} cannot be ${what}`,
    "use letters, digits, _, ' and -, beginning with a letter or _, and no word of the language",
  );
}

/** @throws FlurryError FLURRY_NIX_SYNTAX_INVALID for a path without steps */
export function attrPathOf(input: AttrPathInput): NixAttrPath {
  const steps: NixAttrPath = typeof input === "string" || isNixExpression(input) ? [input] : input;
  if (steps.length === 0) throw syntaxError("an attribute path has no steps");
  for (const step of steps) if (typeof step === "string") checkText(step, "an attribute name");
  return steps;
}

/**
 * @param where - `let` allows no computed names
 * @throws FlurryError FLURRY_NIX_SYNTAX_INVALID for an attribute that is there twice
 */
export function checkBindings(input: BindingsInput, where: "a set" | "let"): readonly NixBinding[] {
  const bindings = isBindings(input) ? input : bindingsOf(input);
  const seen = new Set<string>();
  for (const path of bindings.flatMap(definedPaths)) {
    const computed = path.some((step) => typeof step !== "string");
    if (computed && where === "let") throw syntaxError("let cannot compute the name of a variable");
    if (computed) continue;
    const key = path.map((step) => JSON.stringify(step)).join(".");
    if (seen.has(key)) throw syntaxError(`the attribute ${key} is there twice`);
    seen.add(key);
  }
  return bindings;
}

function isBindings(input: BindingsInput): input is readonly NixBinding[] {
  return Array.isArray(input);
}

function bindingsOf(input: { readonly [name: string]: NixData | undefined }): readonly NixBinding[] {
  const set = toNix(input);
  if (set.kind !== "attr-set") throw syntaxError("bindings are a list, or an object of values");
  return set.bindings;
}

function definedPaths(binding: NixBinding): readonly NixAttrPath[] {
  switch (binding.kind) {
    case "bind":
      return [binding.path];
    case "inherit":
      return binding.names.map((name) => [name]);
    case "comment":
    case "blank":
      return [];
  }
}
