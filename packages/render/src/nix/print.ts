import { absorbedApply, flatApply, layoutApply } from "./layout/apply.ts";
import { flatAttrSet, flatList, hasAttrText, layoutAttrSet, layoutList, selectText } from "./layout/blocks.ts";
import { absorbedLambda, flatLambda, layoutLambda } from "./layout/functions.ts";
import { absorbedWith, flatIf, flatWith, layoutAssert, layoutIf, layoutLet, layoutWith } from "./layout/keywords.ts";
import { absorbedBinary, flatBinary, layoutBinary, unaryText } from "./layout/operators.ts";
import { commentLines, fits, indent, wholeLine } from "./layout/printer.ts";
import type { Printer, Room } from "./layout/printer.ts";
import { flatString, layoutString } from "./layout/string.ts";
import { syntaxError } from "./nix-errors.ts";
import { levelOf } from "./precedence.ts";
import type { NixExpression } from "./syntax.ts";
import { toNix } from "./to-nix.ts";
import type { NixData } from "./to-nix.ts";

/**
 * A whole file of Nix code, formatted, with a line break at its end. Data is printed as {@link toNix} makes it.
 *
 * The format is that of RFC 166, as nixfmt prints it: lines of 100 characters that do not count their indentation.
 *
 * @throws FlurryError FLURRY_NIX_VALUE_INVALID as toNix does, FLURRY_NIX_SYNTAX_INVALID for a tree of thousands of levels
 * @see https://github.com/NixOS/nixfmt/blob/master/standard.md
 */
export function printNix(value: NixData): string {
  const expression = toNix(value);
  try {
    return `${new FormattingPrinter().layout(expression, wholeLine)}\n`;
  } catch (error) {
    // What the stack does not hold here, Nix' parser would not take either.
    if (error instanceof RangeError) throw syntaxError("the code is nested too deeply to be printed");
    throw error;
  }
}

class FormattingPrinter implements Printer {
  // A layout asks for others of its parts before it is chosen: without these a deep tree would take exponential time.
  readonly #flat = new WeakMap<NixExpression, { readonly text: string | undefined }>();
  readonly #blocks = new WeakMap<NixExpression, Map<string, string | undefined>>();

  flat(expression: NixExpression): string | undefined {
    const known = this.#flat.get(expression);
    if (known !== undefined) return known.text;
    const text = flatText(this, expression);
    this.#flat.set(expression, { text });
    return text;
  }

  layout(expression: NixExpression, room: Room): string {
    const flat = this.flat(expression);
    return fits(flat, room) ? flat : this.expanded(expression, room);
  }

  expanded(expression: NixExpression, room: Room): string {
    return this.#remember(expression, `${room.lead} ${room.trail}`, () => block(this, expression, room)) ?? "";
  }

  absorbed(expression: NixExpression, room: Room): string | undefined {
    const flat = this.flat(expression);
    if (fits(flat, room)) return flat;
    return this.#remember(expression, `absorbed ${room.lead} ${room.trail}`, () =>
      absorbedBlock(this, expression, room),
    );
  }

  #remember(expression: NixExpression, key: string, make: () => string | undefined): string | undefined {
    const known = this.#blocks.get(expression) ?? new Map<string, string | undefined>();
    this.#blocks.set(expression, known);
    if (!known.has(key)) known.set(key, make());
    return known.get(key);
  }

  flatWithin(expression: NixExpression, loosest: number): string | undefined {
    const flat = this.flat(expression);
    if (flat === undefined || levelOf(expression) <= loosest) return flat;
    return `(${flat})`;
  }

  within(expression: NixExpression, loosest: number, room: Room): string {
    if (levelOf(expression) <= loosest) return this.layout(expression, room);
    const inside = { lead: room.lead + 1, trail: room.trail + 1 };
    const absorbed = this.absorbed(expression, inside);
    if (absorbed !== undefined && expression.kind !== "binary") return `(${absorbed})`;
    const flat = this.flat(expression);
    return fits(flat, inside) ? `(${flat})` : `(\n${indent(this.layout(expression, wholeLine))}\n)`;
  }
}

// oxlint-disable-next-line complexity -- one case a kind of expression
function flatText(printer: Printer, expression: NixExpression): string | undefined {
  switch (expression.kind) {
    case "variable":
      return expression.name;
    case "number":
      return expression.literal;
    case "path":
      return expression.text;
    case "string":
      return flatString(printer, expression);
    case "list":
      return flatList(printer, expression, { most: 1 });
    case "attr-set":
      return flatAttrSet(printer, expression);
    case "select":
      return selectText(printer, expression, "flat");
    case "has-attr":
      return hasAttrText(printer, expression, "flat");
    case "lambda":
      return flatLambda(printer, expression);
    case "apply":
      return flatApply(printer, expression);
    case "with":
      return flatWith(printer, expression);
    case "if":
      return flatIf(printer, expression);
    case "binary":
      return flatBinary(printer, expression);
    case "unary":
      return unaryText(printer, expression, "flat");
    case "raw":
      return expression.code.includes("\n") ? undefined : expression.code;
    case "let":
    case "assert":
    case "commented":
      return undefined;
  }
}

// oxlint-disable-next-line complexity -- one case a kind of expression
function block(printer: Printer, expression: NixExpression, room: Room): string {
  switch (expression.kind) {
    case "variable":
      return expression.name;
    case "number":
      return expression.literal;
    case "path":
      return expression.text;
    case "raw":
      return expression.code;
    case "string":
      return layoutString(printer, expression);
    case "list":
      return layoutList(printer, expression);
    case "attr-set":
      return layoutAttrSet(printer, expression);
    case "select":
      return selectText(printer, expression, room) ?? "";
    case "has-attr":
      return hasAttrText(printer, expression, room) ?? "";
    case "lambda":
      return layoutLambda(printer, expression, room);
    case "apply":
      return layoutApply(printer, expression, room);
    case "let":
      return layoutLet(printer, expression, room);
    case "with":
      return layoutWith(printer, expression, room);
    case "if":
      return layoutIf(printer, expression);
    case "assert":
      return layoutAssert(printer, expression, room);
    case "binary":
      return layoutBinary(printer, expression, room);
    case "unary":
      return unaryText(printer, expression, room) ?? "";
    case "commented":
      return [...commentLines(expression.lines), printer.layout(expression.expression, room)].join("\n");
  }
}

// oxlint-disable-next-line complexity -- one case a kind of expression
function absorbedBlock(printer: Printer, expression: NixExpression, room: Room): string | undefined {
  switch (expression.kind) {
    case "string":
    case "list":
    case "attr-set":
      return printer.expanded(expression, room);
    case "raw":
      return isBracketed(expression.code) ? expression.code : undefined;
    case "with":
      return absorbedWith(printer, expression, room);
    case "lambda":
      return absorbedLambda(printer, expression, room);
    case "apply":
      return absorbedApply(printer, expression, room);
    case "binary":
      return absorbedBinary(printer, expression, room);
    case "variable":
    case "number":
    case "path":
    case "select":
    case "has-attr":
    case "let":
    case "if":
    case "assert":
    case "unary":
    case "commented":
      return undefined;
  }
}

/** Code whose lines are all indented but the first and the last. */
function isBracketed(code: string): boolean {
  const lines = code.split("\n");
  return (
    lines.slice(1, -1).every((line) => line === "" || line.startsWith(" ")) && /^[}\])]*$/.test(lines.at(-1) ?? "")
  );
}
