import { valueError } from "./nix-errors.ts";
import { node } from "./node.ts";
import { numberToNix } from "./numbers.ts";
import { isNixExpression } from "./syntax.ts";
import type { NixBinding, NixExpression } from "./syntax.ts";

/** Data that Nix can hold, with expressions wherever a value may stand. A property that is undefined is left out. */
export type NixData =
  | null
  | boolean
  | number
  | bigint
  | string
  | NixExpression
  | readonly NixData[]
  | { readonly [name: string]: NixData | undefined };

/** More levels than any configuration has; Nix' own parser gives up later, but not much. */
const deepest = 500;

/**
 * Plain data as Nix code: null, booleans, numbers, texts, lists and attribute sets. Expressions stay as they are. A text
 * of several lines is written as an indented string where that does not change it.
 *
 * @throws FlurryError FLURRY_NIX_VALUE_INVALID, with the value's place, for what Nix cannot hold: NaN and infinities,
 * integers of more than 64 bits, texts with null characters or broken Unicode, functions, symbols, undefined in
 * a list, objects of a class (dates, maps), cycles, and data of more than 500 levels
 */
export function toNix(value: NixData): NixExpression {
  return convert(value, { path: [], above: [] });
}

interface Position {
  readonly path: readonly (string | number)[];
  /** The lists and objects that the value stands in. */
  readonly above: readonly object[];
}

function convert(value: unknown, at: Position): NixExpression {
  if (value === null) return node({ kind: "variable", name: "null" });
  switch (typeof value) {
    case "boolean":
      return node({ kind: "variable", name: value ? "true" : "false" });
    case "number":
    case "bigint":
      return numberToNix(value, place(at));
    case "string":
      checkText(value, place(at));
      return node({ kind: "string", style: value.includes("\n") ? "indented" : "plain", parts: [value] });
    case "object":
      if (isNixExpression(value)) return value;
      return convertObject(value, at);
    default:
      throw valueError(`${place(at)} is ${value === undefined ? "undefined" : `a ${typeof value}`}`, dataHint);
  }
}

const dataHint = "give null, a boolean, a number, a text, a list, an object of these, or an expression";

function convertObject(value: object, { path, above }: Position): NixExpression {
  const where = place({ path, above });
  if (above.includes(value)) throw valueError(`${where} contains itself`, "Nix data is a tree: break the cycle");
  if (path.length >= deepest) throw valueError(`${where} is nested more than ${deepest} levels deep`);
  const inside = (step: string | number): Position => ({ path: [...path, step], above: [...above, value] });
  if (Array.isArray(value)) {
    // Array.from visits holes, which map would jump over.
    const items = Array.from(value, (item: unknown, index) => convert(item, inside(index)));
    return node({ kind: "list", items });
  }
  if (!isPlain(value)) {
    throw valueError(`${where} is an object of the class ${value.constructor?.name ?? "?"}`, dataHint);
  }
  const bindings = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([name, item]): NixBinding => {
      checkText(name, `a name in ${where}`);
      return { kind: "bind", path: [name], value: convert(item, inside(name)), comment: [] };
    });
  return node({ kind: "attr-set", recursive: false, bindings });
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of other realms (a vm, a worker's message) have another Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** @throws FlurryError FLURRY_NIX_VALUE_INVALID for a text that no Nix string can be */
export function checkText(text: string, where: string): void {
  if (text.includes("\0")) throw valueError(`${where} has a null character, which no text of Nix can hold`);
  if (/\p{Surrogate}/u.test(text)) throw valueError(`${where} has half of a surrogate pair, which is no Unicode`);
}

function place({ path }: Position): string {
  if (path.length === 0) return "the value";
  const steps = path.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return /^[A-Za-z_][A-Za-z0-9_'-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  });
  return `the value at ${steps.join("")}`;
}
