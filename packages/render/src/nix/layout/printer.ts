import type { NixExpression } from "../syntax.ts";

/** How many characters go on a line, not counting its indentation. */
export const lineWidth = 100;

/** How much of the first and the last line of an expression something else takes. */
export interface Room {
  readonly lead: number;
  readonly trail: number;
}

/** All of the line. */
export const wholeLine: Room = { lead: 0, trail: 0 };

/**
 * The layouts of expressions, for the files that lay out one kind each and need those of the parts. Texts have no
 * indentation of their own: whoever puts a text into another indents it. Since the line width does not count
 * indentation, a layout does not depend on where it stands.
 */
export interface Printer {
  /** On one line, or undefined if the expression never stands on one. */
  flat(expression: NixExpression): string | undefined;
  /** The best layout for an expression that begins on a line of its own. */
  layout(expression: NixExpression, room: Room): string;
  /**
   * A layout that can begin at the end of another line: on one line, or with all lines indented but the first and
   * the last. Undefined if there is none.
   */
  absorbed(expression: NixExpression, room: Room): string | undefined;
  /** The layout on several lines, even where one would do. */
  expanded(expression: NixExpression, room: Room): string;
  /** On one line, in parentheses where it is looser than `loosest`. */
  flatWithin(expression: NixExpression, loosest: number): string | undefined;
  /** The best layout, in parentheses where it is looser than `loosest`. */
  within(expression: NixExpression, loosest: number, room: Room): string;
}

/** Two blanks before every line that is not empty. */
export function indent(text: string): string {
  // No regular expression: its idea of a line end has more characters than Nix'.
  const lines = text.split("\n");
  return lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n");
}

/** True for a text of one line that fits into the room. */
export function fits(text: string | undefined, { lead, trail }: Room): text is string {
  return text !== undefined && !text.includes("\n") && lead + text.length + trail <= lineWidth;
}

/** A comment's lines, each with its `#`. */
export function commentLines(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(/\r\n|[\n\r]/)).map((line) => `# ${line.trimEnd()}`.trimEnd());
}
