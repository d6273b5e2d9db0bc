import { attrNameText } from "../names.ts";
import type { NixAttrName, NixAttrPath } from "../syntax.ts";
import type { Printer } from "./printer.ts";
import { interpolation } from "./string.ts";

/** `a.b."c d".${e}` */
export function attrPathText(printer: Printer, path: NixAttrPath): string {
  return path.map((step) => stepText(printer, step)).join(".");
}

/** The same on one line, or undefined if a computed name takes several. */
export function flatAttrPath(printer: Printer, path: NixAttrPath): string | undefined {
  const text = attrPathText(printer, path);
  return text.includes("\n") ? undefined : text;
}

function stepText(printer: Printer, step: NixAttrName): string {
  if (typeof step === "string") return attrNameText(step);
  return interpolation(printer, step);
}
