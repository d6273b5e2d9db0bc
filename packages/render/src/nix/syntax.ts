/** Marks nodes of the tree, so that plain data with a key `kind` is never taken for one. */
export const nixNode: unique symbol = Symbol.for("flurry.nix") as never;

interface Node {
  readonly [nixNode]: true;
}

/** A name in scope: `pkgs`, `true`, `null`. */
export interface NixVariable extends Node {
  readonly kind: "variable";
  readonly name: string;
}

/** An integer or a float, as its literal; a leading minus is part of it. */
export interface NixNumber extends Node {
  readonly kind: "number";
  readonly literal: string;
}

/** Text between quotes; parts that are expressions are interpolated. */
export interface NixString extends Node {
  readonly kind: "string";
  /** `indented` asks for two single quotes, where the text can be written so without a change. */
  readonly style: "plain" | "indented";
  readonly parts: readonly (string | NixExpression)[];
}

/** A path literal, or `<name>`. */
export interface NixPath extends Node {
  readonly kind: "path";
  readonly text: string;
}

/** `[ a b ]` */
export interface NixList extends Node {
  readonly kind: "list";
  readonly items: readonly NixExpression[];
}

/** `{ a = 1; }` or `rec { a = 1; }` */
export interface NixAttrSet extends Node {
  readonly kind: "attr-set";
  readonly recursive: boolean;
  /** Whether it is written on several lines even where one would do. */
  readonly expanded?: boolean;
  readonly bindings: readonly NixBinding[];
}

/** `target.a.b`, with a fallback `target.a.b or fallback`. */
export interface NixSelect extends Node {
  readonly kind: "select";
  readonly target: NixExpression;
  readonly path: NixAttrPath;
  readonly fallback?: NixExpression;
}

/** `target ? a.b` */
export interface NixHasAttr extends Node {
  readonly kind: "has-attr";
  readonly target: NixExpression;
  readonly path: NixAttrPath;
}

/** `parameter: body` */
export interface NixLambda extends Node {
  readonly kind: "lambda";
  readonly parameter: string | NixFormals;
  readonly body: NixExpression;
}

/** `callee a b` */
export interface NixApply extends Node {
  readonly kind: "apply";
  readonly callee: NixExpression;
  /** At least one. */
  readonly args: readonly NixExpression[];
}

/** `let bindings in body` */
export interface NixLet extends Node {
  readonly kind: "let";
  readonly bindings: readonly NixBinding[];
  readonly body: NixExpression;
}

/** `with scope; body` */
export interface NixWith extends Node {
  readonly kind: "with";
  readonly scope: NixExpression;
  readonly body: NixExpression;
}

/** `if condition then positive else negative` */
export interface NixIf extends Node {
  readonly kind: "if";
  readonly condition: NixExpression;
  readonly positive: NixExpression;
  readonly negative: NixExpression;
}

/** `assert condition; body` */
export interface NixAssert extends Node {
  readonly kind: "assert";
  readonly condition: NixExpression;
  readonly body: NixExpression;
}

/** The operators between two operands. */
export type NixBinaryOperator =
  | "++"
  | "*"
  | "/"
  | "+"
  | "-"
  | "//"
  | "<"
  | "<="
  | ">"
  | ">="
  | "=="
  | "!="
  | "&&"
  | "||"
  | "->";

/** `left operator right` */
export interface NixBinary extends Node {
  readonly kind: "binary";
  readonly operator: NixBinaryOperator;
  readonly left: NixExpression;
  readonly right: NixExpression;
}

/** `-operand` or `!operand` */
export interface NixUnary extends Node {
  readonly kind: "unary";
  readonly operator: "-" | "!";
  readonly operand: NixExpression;
}

/** Comment lines above an expression. */
export interface NixCommented extends Node {
  readonly kind: "commented";
  /** The lines of the comment without `#`. */
  readonly lines: readonly string[];
  readonly expression: NixExpression;
}

/** Code that is printed as it stands; what the template makes. */
export interface NixRaw extends Node {
  readonly kind: "raw";
  readonly code: string;
}

/** Any expression of the Nix language. Made by the builders, `toNix` and the template `nix`. */
export type NixExpression =
  | NixVariable
  | NixNumber
  | NixString
  | NixPath
  | NixList
  | NixAttrSet
  | NixSelect
  | NixHasAttr
  | NixLambda
  | NixApply
  | NixLet
  | NixWith
  | NixIf
  | NixAssert
  | NixBinary
  | NixUnary
  | NixCommented
  | NixRaw;

/** One step of an attribute path: a name, or an expression whose value is the name. */
export type NixAttrName = string | NixExpression;

/** At least one step. */
export type NixAttrPath = readonly NixAttrName[];

/** What stands between the braces of an attribute set and between `let` and `in`. */
export type NixBinding =
  | {
      readonly kind: "bind";
      readonly path: NixAttrPath;
      readonly value: NixExpression;
      /** The lines of a comment above the binding. */
      readonly comment: readonly string[];
    }
  | { readonly kind: "inherit"; readonly from?: NixExpression; readonly names: readonly string[] }
  | { readonly kind: "comment"; readonly lines: readonly string[] }
  | { readonly kind: "blank" };

/** One name in a function's braces. */
export interface NixFormal {
  readonly name: string;
  readonly fallback?: NixExpression;
}

/** A function's parameter in braces: `{ a, b ? 1, ... }@alias`. */
export interface NixFormals {
  readonly formals: readonly NixFormal[];
  /** Whether other attributes are accepted. */
  readonly ellipsis: boolean;
  /** A name for the whole set, and on which side of the braces it stands. */
  readonly alias?: { readonly name: string; readonly side: "before" | "after" };
}

/** True for a node of the tree, of any loaded copy of this package. */
export function isNixExpression(value: unknown): value is NixExpression {
  return typeof value === "object" && value !== null && nixNode in value;
}
