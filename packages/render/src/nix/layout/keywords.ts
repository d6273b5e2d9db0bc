import type { NixAssert, NixExpression, NixIf, NixLet, NixWith } from "../syntax.ts";
import { assigned, layoutBindings } from "./binding.ts";
import { fits, indent, wholeLine } from "./printer.ts";
import type { Printer, Room } from "./printer.ts";

/** `let`, the bindings, `in` and the body; always on several lines. */
export function layoutLet(printer: Printer, { bindings, body }: NixLet, { trail }: Room): string {
  const inner = bindings.length === 0 ? "" : `${indent(layoutBindings(printer, bindings))}\n`;
  return `let\n${inner}in\n${printer.layout(body, { lead: 0, trail })}`;
}

/** `with scope; body` on one line. */
export function flatWith(printer: Printer, { scope, body }: NixWith): string | undefined {
  const [before, after] = [printer.flat(scope), printer.flat(body)];
  return before === undefined || after === undefined ? undefined : `with ${before}; ${after}`;
}

/** The body below `with scope;`. */
export function layoutWith(printer: Printer, { scope, body }: NixWith, { trail }: Room): string {
  return `${assigned(printer, scope, { head: "with", end: ";" })}\n${printer.layout(body, { lead: 0, trail })}`;
}

/** `with scope; [` … `]` */
export function absorbedWith(printer: Printer, { scope, body }: NixWith, room: Room): string | undefined {
  const before = printer.flat(scope);
  if (before === undefined || !["list", "attr-set", "string"].includes(body.kind)) return undefined;
  const head = `with ${before}; `;
  const inner = printer.absorbed(body, { lead: room.lead + head.length, trail: room.trail });
  return inner === undefined ? undefined : head + inner;
}

/** The body below `assert condition;`; always on several lines. */
export function layoutAssert(printer: Printer, { condition, body }: NixAssert, { trail }: Room): string {
  return `${assigned(printer, condition, { head: "assert", end: ";" })}\n${printer.layout(body, { lead: 0, trail })}`;
}

/** `if a then b else c` on one line, unless there is a further `else if`. */
export function flatIf(printer: Printer, { condition, positive, negative }: NixIf): string | undefined {
  if (negative.kind === "if") return undefined;
  const parts = [printer.flat(condition), printer.flat(positive), printer.flat(negative)];
  return parts.includes(undefined) ? undefined : `if ${parts[0]} then ${parts[1]} else ${parts[2]}`;
}

/** Each branch on lines of its own; a chain of `else if` is one sequence. */
export function layoutIf(printer: Printer, { condition, positive, negative }: NixIf): string {
  const test = printer.flat(condition);
  const head = fits(test, { lead: 3, trail: 5 })
    ? `if ${test} then`
    : `if\n${indent(printer.layout(condition, wholeLine))}\nthen`;
  const rest = negative.kind === "if" ? ` ${layoutIf(printer, negative)}` : `\n${branch(printer, negative)}`;
  return `${head}\n${branch(printer, positive)}\nelse${rest}`;
}

function branch(printer: Printer, expression: NixExpression): string {
  return indent(printer.layout(expression, wholeLine));
}
