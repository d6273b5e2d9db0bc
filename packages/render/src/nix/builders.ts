import { attrPathOf, checkBindings, checkIdentifier } from "./checks.ts";
import type { AttrPathInput, BindingsInput } from "./checks.ts";
import { node } from "./node.ts";
import type {
  NixApply,
  NixAssert,
  NixAttrSet,
  NixBinary,
  NixBinaryOperator,
  NixBinding,
  NixCommented,
  NixExpression,
  NixHasAttr,
  NixIf,
  NixLet,
  NixList,
  NixSelect,
  NixString,
  NixUnary,
  NixVariable,
  NixWith,
} from "./syntax.ts";
import { checkText, toNix } from "./to-nix.ts";
import type { NixData } from "./to-nix.ts";

/** A name in scope: `variable("pkgs")`. @throws FlurryError FLURRY_NIX_SYNTAX_INVALID for what is no name */
export function variable(name: string): NixVariable {
  return node({ kind: "variable", name: checkIdentifier(name, "a variable") });
}

/** A variable and attributes of it: `ref("self", "overlays", "default")` is `self.overlays.default`. */
export function ref(name: string, ...path: readonly (string | NixExpression)[]): NixVariable | NixSelect {
  return path.length === 0 ? variable(name) : select(variable(name), path);
}

/** `target.path`, or `target.path or fallback`. Names need no quotes of yours. */
export function select(target: NixData, path: AttrPathInput, options: { readonly fallback?: NixData } = {}): NixSelect {
  const { fallback } = options;
  const rest = fallback === undefined ? {} : { fallback: toNix(fallback) };
  return node({ kind: "select", target: toNix(target), path: attrPathOf(path), ...rest });
}

/** `target ? path` */
export function hasAttr(target: NixData, path: AttrPathInput): NixHasAttr {
  return node({ kind: "has-attr", target: toNix(target), path: attrPathOf(path) });
}

/** A list; the same as `toNix` of an array. */
export function list(items: readonly NixData[]): NixList {
  return node({ kind: "list", items: items.map(toNix) });
}

/** Text between double quotes. Parts that are expressions are interpolated, texts are escaped. */
export function string(...parts: readonly (string | NixExpression)[]): NixString {
  return stringOf("plain", parts);
}

/** Text between pairs of single quotes, one line a line; between double quotes where Nix would read other blanks. */
export function indentedString(...parts: readonly (string | NixExpression)[]): NixString {
  return stringOf("indented", parts);
}

function stringOf(style: NixString["style"], parts: NixString["parts"]): NixString {
  const merged: (string | NixExpression)[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (typeof part === "string" && typeof last === "string") merged[merged.length - 1] = last + part;
    else merged.push(part);
  }
  for (const part of merged) if (typeof part === "string") checkText(part, "a text");
  return node({ kind: "string", style, parts: merged });
}

/** How {@link attrSet} is written. */
export interface AttrSetOptions {
  /** Whether its attributes see each other: `rec { … }`. Default: false. */
  readonly recursive?: boolean;
  /** Whether it takes several lines even with one attribute, so that a second one changes no line. Default: false. */
  readonly expanded?: boolean;
}

/** An attribute set from bindings, or from an object whose properties are its attributes. */
export function attrSet(bindings: BindingsInput, options: AttrSetOptions = {}): NixAttrSet {
  const { recursive = false, expanded = false } = options;
  return node({ kind: "attr-set", recursive, expanded, bindings: checkBindings(bindings, "a set") });
}

/**
 * `path = value;` in an attribute set or a `let`. A text is one name, whatever is in it; a list is a nested path:
 * `bind(["inputs", "nixpkgs", "url"], …)` is `inputs.nixpkgs.url = …;`. An expression as a step is computed: `${name}`.
 */
export function bind(path: AttrPathInput, value: NixData, options: { readonly comment?: string } = {}): NixBinding {
  const comment = options.comment?.split("\n") ?? [];
  return { kind: "bind", path: attrPathOf(path), value: toNix(value), comment };
}

/** `inherit a b;` or `inherit (from) a b;` */
export function inherit(names: readonly string[], options: { readonly from?: NixData } = {}): NixBinding {
  for (const name of names) checkText(name, "a name");
  const { from } = options;
  return { kind: "inherit", names, ...(from === undefined ? {} : { from: toNix(from) }) };
}

/** Comment lines among bindings, without their `#`. */
export function comment(text: string): NixBinding {
  return { kind: "comment", lines: text.split("\n") };
}

/** An empty line among bindings. */
export const blank: NixBinding = { kind: "blank" };

/** Comment lines above an expression, such as an item of a list or a whole file. */
export function commented(text: string, expression: NixData): NixCommented {
  return node({ kind: "commented", lines: text.split("\n"), expression: toNix(expression) });
}

/** `callee a b` */
export function apply(callee: NixData, first: NixData, ...others: readonly NixData[]): NixApply {
  return node({ kind: "apply", callee: toNix(callee), args: [first, ...others].map(toNix) });
}

/** `import file` */
export function importFile(file: NixData): NixApply {
  return apply(variable("import"), file);
}

/** `let bindings in body` */
export function letIn(bindings: BindingsInput, body: NixData): NixLet {
  return node({ kind: "let", bindings: checkBindings(bindings, "let"), body: toNix(body) });
}

/** `with scope; body` */
export function withScope(scope: NixData, body: NixData): NixWith {
  return node({ kind: "with", scope: toNix(scope), body: toNix(body) });
}

/** `if condition then positive else negative` */
export function ifElse(condition: NixData, positive: NixData, negative: NixData): NixIf {
  return node({ kind: "if", condition: toNix(condition), positive: toNix(positive), negative: toNix(negative) });
}

/** `assert condition; body` */
export function assertThat(condition: NixData, body: NixData): NixAssert {
  return node({ kind: "assert", condition: toNix(condition), body: toNix(body) });
}

/** `left symbol right`, with the parentheses that the operands need. */
export function operator(symbol: NixBinaryOperator, left: NixData, right: NixData): NixBinary {
  return node({ kind: "binary", operator: symbol, left: toNix(left), right: toNix(right) });
}

/** `-operand` */
export function negate(operand: NixData): NixUnary {
  return node({ kind: "unary", operator: "-", operand: toNix(operand) });
}

/** `!operand` */
export function not(operand: NixData): NixUnary {
  return node({ kind: "unary", operator: "!", operand: toNix(operand) });
}
