import type { NixBinaryOperator, NixExpression } from "./syntax.ts";

/** How tightly each operator binds: a smaller number is tighter. From Nix' own grammar, parser.y. */
const operatorLevels = {
  "++": 5,
  "*": 6,
  "/": 6,
  "+": 7,
  "-": 7,
  "//": 9,
  "<": 10,
  "<=": 10,
  ">": 10,
  ">=": 10,
  "==": 11,
  "!=": 11,
  "&&": 12,
  "||": 13,
  "->": 14,
} as const satisfies Record<NixBinaryOperator, number>;

/** The levels of expressions that are no operators between two operands. */
export const level = { atom: 0, select: 1, apply: 2, negate: 3, hasAttr: 4, not: 8, anything: 15 } as const;

/** How the operands of equal operators group. */
// oxlint-disable-next-line complexity -- one case an operator
export function associativity(operator: NixBinaryOperator): "left" | "right" | "none" {
  switch (operator) {
    case "++":
    case "//":
    case "->":
      return "right";
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "==":
    case "!=":
      return "none";
    case "*":
    case "/":
    case "+":
    case "-":
    case "&&":
    case "||":
      return "left";
  }
}

/** How tightly an operator binds. */
export function operatorLevel(operator: NixBinaryOperator): number {
  return operatorLevels[operator];
}

/** How tightly an expression holds together; in a place that asks for less it needs parentheses. */
// oxlint-disable-next-line complexity -- one case a kind of expression
export function levelOf(expression: NixExpression): number {
  switch (expression.kind) {
    case "variable":
    case "string":
    case "path":
    case "list":
    case "attr-set":
      return level.atom;
    case "number":
      return expression.literal.startsWith("-") ? level.negate : level.atom;
    case "select":
      return level.select;
    case "apply":
      return level.apply;
    case "unary":
      return expression.operator === "-" ? level.negate : level.not;
    case "has-attr":
      return level.hasAttr;
    case "binary":
      return operatorLevel(expression.operator);
    case "raw":
      return isClosed(expression.code) ? level.atom : level.anything;
    case "lambda":
    case "let":
    case "with":
    case "if":
    case "assert":
    case "commented":
      return level.anything;
  }
}

/** Code that is one name needs no parentheses anywhere. */
function isClosed(code: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_'-]*$/.test(code);
}

/** The loosest expression that may stand on a side of an operator without parentheses. */
export function operandLevel(operator: NixBinaryOperator, side: "left" | "right"): number {
  const own = operatorLevel(operator);
  return associativity(operator) === side ? own : own - 1;
}
