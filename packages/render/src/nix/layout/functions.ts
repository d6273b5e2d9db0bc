import type { NixExpression, NixFormals, NixLambda } from "../syntax.ts";
import { assigned } from "./binding.ts";
import { fits, indent } from "./printer.ts";
import type { Printer, Room } from "./printer.ts";

/** More names than this stand one on a line. */
const mostOnOneLine = 2;

/** `x: body` and `{ a, ... }: body` on one line. */
export function flatLambda(printer: Printer, { parameter, body }: NixLambda): string | undefined {
  const head = typeof parameter === "string" ? parameter : flatFormals(parameter);
  const inner = head === undefined ? undefined : printer.flat(body);
  return inner === undefined ? undefined : `${head}: ${inner}`;
}

/** The body below the parameters, or at their end if it is brackets alone. */
export function layoutLambda(printer: Printer, lambda: NixLambda, { trail }: Room): string {
  const { parameter, body } = lambda;
  const absorbed = absorbedLambda(printer, lambda, { lead: 0, trail });
  if (absorbed !== undefined) return absorbed;
  const head = typeof parameter === "string" ? parameter : layoutFormals(printer, parameter);
  const expands = typeof parameter !== "string" && body.kind === "attr-set" && body.bindings.length > 0;
  const rest = expands ? printer.expanded(body, { lead: 0, trail }) : printer.layout(body, { lead: 0, trail });
  const sameLine = typeof parameter === "string" && body.kind === "lambda" && typeof body.parameter === "string";
  return sameLine ? `${head}: ${rest}` : `${head}:\n${rest}`;
}

/** `x: y: {` … `}` */
export function absorbedLambda(printer: Printer, { parameter, body }: NixLambda, room: Room): string | undefined {
  if (typeof parameter !== "string") return undefined;
  const head = `${parameter}: `;
  const inside = { lead: room.lead + head.length, trail: room.trail };
  if (body.kind === "lambda") {
    const inner = absorbedLambda(printer, body, inside);
    return inner === undefined ? undefined : head + inner;
  }
  if (!isBlock(body.kind === "with" ? body.body : body)) return undefined;
  const inner = printer.absorbed(body, inside);
  return inner === undefined ? undefined : head + inner;
}

function isBlock({ kind }: NixExpression): boolean {
  return kind === "list" || kind === "attr-set" || kind === "string";
}

function flatFormals({ formals, ellipsis, alias }: NixFormals): string | undefined {
  if (formals.length > mostOnOneLine || formals.some(({ fallback }) => fallback !== undefined)) return undefined;
  const names = [...formals.map(({ name }) => name), ...(ellipsis ? ["..."] : [])];
  const braces = names.length === 0 ? "{ }" : `{ ${names.join(", ")} }`;
  return withAlias(braces, alias);
}

function layoutFormals(printer: Printer, formals: NixFormals): string {
  const flat = flatFormals(formals);
  if (fits(flat, { lead: 0, trail: 1 })) return flat;
  const names = formals.formals.map(({ name, fallback }) =>
    fallback === undefined ? `${name},` : assigned(printer, fallback, { head: `${name} ?`, end: "," }),
  );
  const lines = [...names, ...(formals.ellipsis ? ["..."] : [])];
  return withAlias(`{\n${indent(lines.join("\n"))}\n}`, formals.alias);
}

function withAlias(braces: string, alias: NixFormals["alias"]): string {
  if (alias === undefined) return braces;
  return alias.side === "before" ? `${alias.name}@${braces}` : `${braces}@${alias.name}`;
}
