import { escapeIndented, escapeString, indentable } from "../strings.ts";
import type { NixExpression, NixString } from "../syntax.ts";
import { indent, wholeLine } from "./printer.ts";
import type { Printer } from "./printer.ts";

/** `${expression}`, on several lines only where the expression has to be. */
export function interpolation(printer: Printer, expression: NixExpression): string {
  const flat = printer.flat(expression);
  return flat === undefined ? `\${\n${indent(printer.layout(expression, wholeLine))}\n}` : `\${${flat}}`;
}

/** True for a string that is written between pairs of single quotes. */
export function isIndented({ style, parts }: NixString): boolean {
  return style === "indented" && indentable(piecesOf(parts));
}

/** A string on one line, or undefined if an interpolation takes several or it is written line by line. */
export function flatString(printer: Printer, string: NixString): string | undefined {
  if (isIndented(string)) return undefined;
  const text = plainString(printer, string);
  return text.includes("\n") ? undefined : text;
}

/** A string in whatever way it is written. */
export function layoutString(printer: Printer, string: NixString): string {
  return isIndented(string) ? indentedString(printer, string) : plainString(printer, string);
}

function plainString(printer: Printer, { parts }: NixString): string {
  return `"${join(printer, parts, escapeString)}"`;
}

function indentedString(printer: Printer, { parts }: NixString): string {
  return `''\n${indent(join(printer, parts, escapeIndented))}''`;
}

type Escape = typeof escapeIndented;

function join(printer: Printer, parts: NixString["parts"], escape: Escape): string {
  return parts
    .map((part, index) => {
      if (typeof part !== "string") return interpolation(printer, part);
      return escape(part, { before: index === parts.length - 1 ? "end" : "interpolation" });
    })
    .join("");
}

/** The text between the interpolations, one piece more than there are of them. */
function piecesOf(parts: NixString["parts"]): readonly string[] {
  const pieces = [""];
  for (const part of parts) {
    if (typeof part === "string") pieces.push((pieces.pop() ?? "") + part);
    else pieces.push("");
  }
  return pieces;
}
