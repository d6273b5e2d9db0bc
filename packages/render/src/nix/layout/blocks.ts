import { level } from "../precedence.ts";
import type { NixAttrSet, NixExpression, NixHasAttr, NixList, NixSelect } from "../syntax.ts";
import { attrPathText, flatAttrPath } from "./attr-path.ts";
import { flatBinding, layoutBindings } from "./binding.ts";
import { commentLines, indent, wholeLine } from "./printer.ts";
import type { Printer, Room } from "./printer.ts";

/** `{ }` and sets of one short binding. */
export function flatAttrSet(printer: Printer, set: NixAttrSet): string | undefined {
  const { recursive, bindings, expanded = false } = set;
  const head = recursive ? "rec " : "";
  const [only, ...others] = bindings;
  if (only === undefined) return `${head}{ }`;
  const inner = others.length === 0 && !expanded ? flatBinding(printer, only) : undefined;
  return inner === undefined ? undefined : `${head}{ ${inner} }`;
}

/** A set with one binding a line. */
export function layoutAttrSet(printer: Printer, { recursive, bindings }: NixAttrSet): string {
  if (bindings.length === 0) return recursive ? "rec { }" : "{ }";
  return `${recursive ? "rec " : ""}{\n${indent(layoutBindings(printer, bindings))}\n}`;
}

/** `[ ]` and lists of one short item. */
export function flatList(printer: Printer, list: NixList, options: { readonly most: number }): string | undefined {
  if (list.items.length > options.most) return undefined;
  const items = list.items.map((item) => printer.flatWithin(item, level.select));
  return items.includes(undefined) ? undefined : ["[", ...items, "]"].join(" ");
}

/** A list with one item a line. */
export function layoutList(printer: Printer, { items }: NixList): string {
  if (items.length === 0) return "[ ]";
  return `[\n${indent(items.map((item) => layoutItem(printer, item)).join("\n"))}\n]`;
}

function layoutItem(printer: Printer, item: NixExpression): string {
  if (item.kind !== "commented") return printer.within(item, level.select, wholeLine);
  return [...commentLines(item.lines), layoutItem(printer, item.expression)].join("\n");
}

/** `target.a.b or fallback` */
export function selectText(printer: Printer, select: NixSelect, room: Room | "flat"): string | undefined {
  const { target, path, fallback } = select;
  const loosest = standsBeforeDot(target) ? level.atom : -1;
  const steps = room === "flat" ? flatAttrPath(printer, path) : attrPathText(printer, path);
  const before = room === "flat" ? printer.flatWithin(target, loosest) : printer.within(target, loosest, room);
  if (before === undefined || steps === undefined) return undefined;
  const head = target.kind === "attr-set" && before.includes("\n") ? `${before}\n.${steps}` : `${before}.${steps}`;
  if (fallback === undefined) return head;
  // Another fallback in the fallback would be legal, and hard to read.
  const inner = fallback.kind === "select" && fallback.fallback !== undefined ? level.atom : level.select;
  const after = room === "flat" ? printer.flatWithin(fallback, inner) : printer.within(fallback, inner, wholeLine);
  return after === undefined ? undefined : `${head} or ${after}`;
}

/** A dot would become part of a path or a number. */
function standsBeforeDot({ kind }: NixExpression): boolean {
  return kind !== "path" && kind !== "number";
}

/** `target ? a.b` */
export function hasAttrText(printer: Printer, { target, path }: NixHasAttr, room: Room | "flat"): string | undefined {
  const steps = room === "flat" ? flatAttrPath(printer, path) : attrPathText(printer, path);
  const before =
    room === "flat" ? printer.flatWithin(target, level.negate) : printer.within(target, level.negate, room);
  return before === undefined || steps === undefined ? undefined : `${before} ? ${steps}`;
}
