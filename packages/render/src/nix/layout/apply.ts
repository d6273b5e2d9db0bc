import { level } from "../precedence.ts";
import type { NixApply, NixExpression } from "../syntax.ts";
import { flatList } from "./blocks.ts";
import { fits, indent, lineWidth, wholeLine } from "./printer.ts";
import type { Printer, Room } from "./printer.ts";
import { isIndented } from "./string.ts";

/** Lists of so many simple items stay on a line where a function takes two of them. */
const longestListArgument = 6;

/** `callee a b` on one line. */
export function flatApply(printer: Printer, apply: NixApply): string | undefined {
  const words = [printer.flatWithin(apply.callee, level.apply), ...flatArguments(printer, apply)];
  return words.includes(undefined) ? undefined : words.join(" ");
}

function flatArguments(printer: Printer, { args }: NixApply): readonly (string | undefined)[] {
  const several = args.filter(({ kind }) => kind === "list").length > 1;
  return args.map((argument) => {
    if (several && argument.kind === "list" && argument.items.every(isSimple)) {
      return flatList(printer, argument, { most: longestListArgument });
    }
    return printer.flatWithin(argument, level.select);
  });
}

function isSimple(item: NixExpression): boolean {
  return ["variable", "number", "string", "path"].includes(item.kind);
}

/** As many arguments as fit behind the function, each other one on a line of its own. */
export function layoutApply(printer: Printer, apply: NixApply, room: Room): string {
  const absorbed = absorbedApply(printer, apply, room);
  if (absorbed !== undefined) return absorbed;
  const flat = flatArguments(printer, apply);
  let head = printer.within(apply.callee, level.apply, wholeLine);
  let count = 0;
  for (const text of flat) {
    if (text === undefined || head.includes("\n") || !fits(`${head} ${text}`, { lead: room.lead, trail: 0 })) break;
    head = `${head} ${text}`;
    count += 1;
  }
  // All of them fit, but not with what follows the last one.
  if (count === apply.args.length) count -= 1;
  const rest = apply.args.slice(count).map((argument, index) => {
    const trail = index === apply.args.length - count - 1 ? room.trail : 0;
    const text = flat[count + index];
    return fits(text, { lead: 0, trail }) ? text : printer.within(argument, level.select, { lead: 0, trail });
  });
  const first = [printer.within(apply.callee, level.apply, wholeLine), ...flat.slice(0, count)].join(" ");
  return `${first}\n${indent(rest.join("\n"))}`;
}

/** `callee a {` … `} b`: all on one line but one argument that is brackets or parentheses. */
export function absorbedApply(printer: Printer, apply: NixApply, room: Room): string | undefined {
  const flat = flatArguments(printer, apply);
  const callee = printer.flatWithin(apply.callee, level.apply);
  const open = openArgument(apply, flat);
  const argument = open === undefined ? undefined : apply.args[open];
  if (callee === undefined || open === undefined || argument === undefined) return undefined;
  const head = `${[callee, ...flat.slice(0, open)].join(" ")} `;
  const tail = flat
    .slice(open + 1)
    .map((text) => ` ${text}`)
    .join("");
  const inside = { lead: room.lead + head.length, trail: tail.length + room.trail };
  if (inside.lead + 1 > lineWidth) return undefined;
  const text = openText(printer, argument, inside);
  if (!text.includes("\n") || (text.split("\n").at(-1) ?? "").length + inside.trail > lineWidth) return undefined;
  return head + text + tail;
}

/** The argument that takes several lines: the only one that has to, or the last one. */
function openArgument({ args }: NixApply, flat: readonly (string | undefined)[]): number | undefined {
  const long = flat.flatMap((text, index) => (text === undefined ? [index] : []));
  const last = args.length - 1;
  const [only = last, ...others] = long;
  const argument = args[only];
  if (others.length > 0 || argument === undefined) return undefined;
  return isBlock(argument) || needsParentheses(argument) ? only : undefined;
}

function openText(printer: Printer, argument: NixExpression, room: Room): string {
  if (isBlock(argument)) return printer.layout(argument, { lead: lineWidth, trail: room.trail });
  const inner = { lead: room.lead + 1, trail: room.trail + 1 };
  const absorbed = argument.kind === "lambda" ? printer.absorbed(argument, inner) : undefined;
  if (absorbed !== undefined) return `(${absorbed})`;
  return `(\n${indent(printer.layout(argument, wholeLine))}\n)`;
}

function needsParentheses({ kind }: NixExpression): boolean {
  return ["lambda", "apply", "binary", "if", "let", "with", "assert", "has-attr"].includes(kind);
}

function isBlock(argument: NixExpression): boolean {
  if (argument.kind === "list") return argument.items.length > 0;
  if (argument.kind === "attr-set") return argument.bindings.length > 0;
  return argument.kind === "string" && isIndented(argument);
}
