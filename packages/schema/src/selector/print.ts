import type { Selector } from "./selector.ts";
import { isKeyword } from "./tokens.ts";

const strength = { or: 0, and: 1, not: 2, host: 3, tag: 3 } as const satisfies Record<Selector["kind"], number>;

/** A selector as text that parses to an equal one, with as few parentheses as that takes. */
export function printSelector(selector: Selector): string {
  switch (selector.kind) {
    case "host":
      return selector.quoted === true || isKeyword(selector.pattern) ? `"${selector.pattern}"` : selector.pattern;
    case "tag":
      return `@${selector.pattern}`;
    case "not":
      return `!${within(selector.operand, strength.not)}`;
    case "and":
      return selector.operands.map((operand) => within(operand, strength.and)).join(" and ");
    case "or":
      return selector.operands.map((operand) => within(operand, strength.or)).join(" or ");
  }
}

function within(operand: Selector, outer: number): string {
  const text = printSelector(operand);
  return strength[operand.kind] < outer ? `(${text})` : text;
}
