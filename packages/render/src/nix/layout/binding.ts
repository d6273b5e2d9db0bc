import { attrNameText } from "../names.ts";
import { levelOf } from "../precedence.ts";
import type { NixBinding, NixExpression } from "../syntax.ts";
import { attrPathText } from "./attr-path.ts";
import { operandsOf } from "./operators.ts";
import { commentLines, fits, indent, wholeLine } from "./printer.ts";
import type { Printer, Room } from "./printer.ts";

/** More names than this stand one on a line. */
const longestInherit = 3;

/** Bindings, one below the other. */
export function layoutBindings(printer: Printer, bindings: readonly NixBinding[]): string {
  return bindings.map((binding) => layoutBinding(printer, binding)).join("\n");
}

/** A binding on one line, or undefined if it takes several. */
export function flatBinding(printer: Printer, binding: NixBinding): string | undefined {
  const text = layoutBinding(printer, binding);
  return text.includes("\n") || binding.kind === "comment" || binding.kind === "blank" ? undefined : text;
}

function layoutBinding(printer: Printer, binding: NixBinding): string {
  switch (binding.kind) {
    case "bind": {
      const head = `${attrPathText(printer, binding.path)} =`;
      return [...commentLines(binding.comment), assigned(printer, binding.value, { head, end: ";" })].join("\n");
    }
    case "inherit":
      return layoutInherit(printer, binding);
    case "comment":
      return commentLines(binding.lines).join("\n");
    case "blank":
      return "";
  }
}

/** What stands before and after a value: `name =` and `;`, `name ?` and `,`, `assert` and `;`. */
interface Surroundings {
  readonly head: string;
  readonly end: string;
}

/** A value behind a name: on the same line, absorbed by it, or indented below it. */
export function assigned(printer: Printer, value: NixExpression, { head, end }: Surroundings): string {
  const room = { lead: head.length + 1, trail: end.length };
  const flat: string | undefined = expands(value) ? undefined : printer.flat(value);
  const onOneLine = fits(flat, room) || (flat !== undefined && isUnbreakable(value));
  if (onOneLine) return `${head} ${flat}${end}`;
  const below = (): string => `${head}\n${indent(printer.layout(value, { lead: 0, trail: end.length }))}${end}`;
  if (value.kind === "binary" && fits(flat, { lead: 0, trail: end.length })) return below();
  const absorbed = expands(value) ? expandedValue(printer, value, room) : printer.absorbed(value, room);
  if (absorbed !== undefined) return `${head} ${absorbed}${end}`;
  return grows(printer, value) ? `${head} ${printer.layout(value, wholeLine)}${end}` : below();
}

/** Sets are written on several lines behind a name, so that each further level is easy to add to. */
function expands(value: NixExpression): boolean {
  if (value.kind === "with") return expands(value.body);
  return value.kind === "attr-set" && value.bindings.length > 0;
}

function expandedValue(printer: Printer, value: NixExpression, room: Room): string | undefined {
  if (value.kind !== "with") return printer.expanded(value, room);
  const scope = printer.flat(value.scope);
  // One `with` is absorbed, two of them are not.
  return scope === undefined || value.body.kind === "with"
    ? undefined
    : `with ${scope}; ${printer.expanded(value.body, room)}`;
}

/** A line break before these would gain nothing. */
function isUnbreakable(value: NixExpression): boolean {
  return levelOf(value) === 0 && value.kind !== "list" && value.kind !== "attr-set";
}

/** `[ … ] ++ more` keeps its brackets where they would be without the rest. */
function grows(printer: Printer, value: NixExpression): boolean {
  if (value.kind !== "binary" || !["++", "//", "+"].includes(value.operator)) return false;
  const [first] = operandsOf(value);
  return (
    first !== undefined && ["list", "attr-set", "string"].includes(first.kind) && printer.flat(first) === undefined
  );
}

function layoutInherit(printer: Printer, { names, from }: Extract<NixBinding, { readonly kind: "inherit" }>): string {
  const quoted = names.map(attrNameText);
  const source = from === undefined ? [] : [`(${flatOrLayout(printer, from)})`];
  const flat = `${["inherit", ...source, ...quoted].join(" ")};`;
  if (names.length <= longestInherit && fits(flat, wholeLine)) return flat;
  const head = source.some((text) => text.includes("\n"))
    ? `inherit\n${indent(source.join(" "))}`
    : ["inherit", ...source].join(" ");
  return `${head}\n${indent([...quoted, ";"].join("\n"))}`;
}

function flatOrLayout(printer: Printer, expression: NixExpression): string {
  const flat = printer.flat(expression);
  if (fits(flat, wholeLine)) return flat;
  return printer.absorbed(expression, wholeLine) ?? `\n${indent(printer.layout(expression, wholeLine))}\n`;
}
