import { associativity, level, levelOf, operandLevel, operatorLevel } from "../precedence.ts";
import type { NixBinary, NixBinaryOperator, NixExpression, NixUnary } from "../syntax.ts";
import { fits, indent, lineWidth, wholeLine } from "./printer.ts";
import type { Printer, Room } from "./printer.ts";

/** `a ++ b ++ c` on one line. */
export function flatBinary(printer: Printer, { operator, left, right }: NixBinary): string | undefined {
  const before = printer.flatWithin(left, operandLevel(operator, "left"));
  const after = printer.flatWithin(right, operandLevel(operator, "right"));
  return before === undefined || after === undefined ? undefined : `${before} ${operator} ${after}`;
}

/** The operands of a chain of operators that bind alike, from left to right. */
export function operandsOf(binary: NixBinary): readonly NixExpression[] {
  return linksOf(binary).map(({ operand }) => operand);
}

interface Link {
  /** The operator before the operand; undefined for the first one. */
  readonly operator: NixBinaryOperator | undefined;
  readonly operand: NixExpression;
  readonly loosest: number;
}

function linksOf({ operator, left, right }: NixBinary): readonly Link[] {
  const side = associativity(operator);
  const continues = (operand: NixExpression, on: "left" | "right"): operand is NixBinary =>
    side === on && operand.kind === "binary" && operatorLevel(operand.operator) === operatorLevel(operator);
  const before: readonly Link[] = continues(left, "left")
    ? linksOf(left)
    : [{ operator: undefined, operand: left, loosest: operandLevel(operator, "left") }];
  const [first, ...others]: readonly Link[] = continues(right, "right")
    ? linksOf(right)
    : [{ operator: undefined, operand: right, loosest: operandLevel(operator, "right") }];
  return first === undefined ? before : [...before, { ...first, operator }, ...others];
}

/** Each operator at the beginning of a line. */
export function layoutBinary(printer: Printer, binary: NixBinary, { trail }: Room): string {
  return linksOf(binary)
    .map(({ operator, operand, loosest }) => {
      if (operator === undefined) return printer.within(operand, loosest, wholeLine);
      const room = { lead: operator.length + 1, trail };
      const flat = printer.flatWithin(operand, loosest);
      if (fits(flat, room)) return `${operator} ${flat}`;
      const inParentheses = levelOf(operand) > loosest;
      const absorbed = inParentheses ? printer.within(operand, loosest, room) : absorbedOperand(printer, operand, room);
      if (absorbed !== undefined) return `${operator} ${absorbed}`;
      return `${operator}\n${indent(printer.within(operand, loosest, { lead: 0, trail }))}`;
    })
    .join("\n");
}

function absorbedOperand(printer: Printer, operand: NixExpression, room: Room): string | undefined {
  // An operator in an operand is looser or tighter: on a line of its own one sees to which it belongs.
  return operand.kind === "binary" ? undefined : printer.absorbed(operand, room);
}

/** `a // {` … `}`: a chain whose last operand alone takes several lines. */
export function absorbedBinary(printer: Printer, binary: NixBinary, room: Room): string | undefined {
  if (!["++", "//", "+"].includes(binary.operator)) return undefined;
  const links = linksOf(binary);
  const last = links.at(-1);
  const before = links.slice(0, -1).map(({ operator, operand, loosest }) => {
    const flat = printer.flatWithin(operand, loosest);
    return operator === undefined || flat === undefined ? flat : `${operator} ${flat}`;
  });
  if (last?.operator === undefined || !isBlock(last.operand) || before.includes(undefined)) return undefined;
  const head = `${before.join(" ")} ${last.operator} `;
  if (room.lead + head.length >= lineWidth) return undefined;
  return head + printer.layout(last.operand, { lead: room.lead + head.length, trail: room.trail });
}

function isBlock({ kind }: NixExpression): boolean {
  return kind === "list" || kind === "attr-set" || kind === "string";
}

/** `-a`, `!a` */
export function unaryText(printer: Printer, { operator, operand }: NixUnary, room: Room | "flat"): string | undefined {
  // Not even another minus: two of them side by side are hard to read.
  const loosest = operator === "-" ? level.apply : level.hasAttr;
  const text =
    room === "flat"
      ? printer.flatWithin(operand, loosest)
      : printer.within(operand, loosest, { lead: room.lead + 1, trail: room.trail });
  return text === undefined ? undefined : `${operator}${text}`;
}
