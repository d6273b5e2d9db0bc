import type { NixToken, NixTokenKind } from "./nix-token.ts";

type Mode = { readonly kind: "code"; braces: number } | { readonly kind: "string" | "indented" | "path" };

interface Piece {
  readonly kind: NixTokenKind;
  readonly text: string;
}

const code = { kind: "code", braces: 0 } as const;
const interpolation: Piece = { kind: "interpolation", text: "${" };

/**
 * Cuts Nix code into tokens, with strings, indented strings, interpolations, paths and comments told apart as Nix does.
 * Never fails: what is no Nix comes out as operators, and what is not closed goes to the end.
 *
 * @returns tokens whose texts in a row are `source`
 * @see https://github.com/NixOS/nix/blob/master/src/libexpr/lexer.l
 */
export function nixTokens(source: string): readonly NixToken[] {
  const tokens: NixToken[] = [];
  const modes: Mode[] = [{ ...code }];
  let offset = 0;
  let line = 1;
  let column = 1;
  while (offset < source.length) {
    const mode = modes.at(-1) ?? { ...code };
    const piece = next(source, offset, mode);
    if (piece === undefined) {
      modes.pop();
      continue;
    }
    tokens.push({ ...piece, offset, line, column });
    follow(modes, piece, source.startsWith("${", offset + piece.text.length));
    offset += piece.text.length;
    const lines = piece.text.split("\n");
    line += lines.length - 1;
    column = (lines.length === 1 ? column : 1) + (lines.at(-1)?.length ?? 0);
  }
  return tokens;
}

/** The token at a place; undefined where a mode ends without one. */
function next(source: string, offset: number, mode: Mode): Piece | undefined {
  switch (mode.kind) {
    case "code":
      return codePiece(source, offset);
    case "string":
      return stringPiece(source, offset, '"', stringText);
    case "indented":
      return stringPiece(source, offset, "''", indentedText);
    case "path":
      return source.startsWith("${", offset) ? interpolation : matched("path", /[\w.+/-]+/y, source, offset);
  }
}

/** What comes after a token: quotes and `${` open, `}` and quotes close. */
function follow(modes: Mode[], { kind, text }: Piece, beforeInterpolation: boolean): void {
  const mode = modes.at(-1);
  if (kind === "interpolation") modes.push({ ...code });
  else if (mode?.kind !== "code") {
    if (kind === "quote") modes.pop();
  } else if (kind === "quote") modes.push({ kind: text === '"' ? "string" : "indented" });
  else if (kind === "path" && beforeInterpolation) modes.push({ kind: "path" });
  else if (text === "{") mode.braces += 1;
  else if (text === "}") closeBrace(modes, mode);
}

/** The brace of a set, or that of the interpolation around it. */
function closeBrace(modes: Mode[], mode: Extract<Mode, { kind: "code" }>): void {
  if (mode.braces > 0) mode.braces -= 1;
  else if (modes.length > 1) modes.pop();
}

/** Everything up to the quotes or an interpolation; a dollar sign takes the character behind it along. */
const stringText = /(?:[^$"\\]|\$(?!\{)[^"\\]|\$(?=["\\]|$)|\\[^]|\\$)+/y;
const indentedText = /(?:[^$']|\$(?!\{)[^']|\$(?='|$)|'(?!')|'''|''\$|''\\[^]|''\\$)+/y;

function stringPiece(source: string, offset: number, quote: string, text: RegExp): Piece {
  const found = matched("text", text, source, offset);
  if (found !== undefined) return found;
  return source.startsWith("${", offset) ? interpolation : { kind: "quote", text: quote };
}

const space = /\s+/y;
const comment = /#[^\r\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$)/y;
const words: readonly (readonly [NixTokenKind, RegExp])[] = [
  ["identifier", /[A-Za-z_][\w'-]*/y],
  ["number", /\d+(?:\.\d*)?(?:[Ee][+-]?\d+)?|\.\d+(?:[Ee][+-]?\d+)?/y],
  ["path", /[\w.+-]*(?:\/[\w.+-]+)+\/?|~(?:\/[\w.+-]+)+\/?|~?[\w.+-]*(?:\/[\w.+-]+)*\/(?=\$\{)/y],
  ["search-path", /<[\w.+-]+(?:\/[\w.+-]+)*>/y],
  ["uri", /[A-Za-z][\w+.-]*:[\w%/?:@&=+$,.!~*'-]+/y],
];
const operator = /\.\.\.|->|\/\/|\+\+|==|!=|<=|>=|&&|\|\||\|>|<\||[^]/y;

function codePiece(source: string, offset: number): Piece {
  const skipped = matched("space", space, source, offset) ?? matched("comment", comment, source, offset);
  if (skipped !== undefined) return skipped;
  if (source.startsWith("''", offset)) return { kind: "quote", text: "''" };
  if (source.startsWith('"', offset)) return { kind: "quote", text: '"' };
  if (source.startsWith("${", offset)) return interpolation;
  // As flex does: the longest wins, among equals the first.
  let best: Piece | undefined;
  for (const [kind, pattern] of words) {
    const piece = matched(kind, pattern, source, offset);
    if (piece !== undefined && piece.text.length > (best?.text.length ?? 0)) best = piece;
  }
  return best ?? matched("operator", operator, source, offset) ?? { kind: "operator", text: source.slice(offset) };
}

function matched(kind: NixTokenKind, pattern: RegExp, source: string, offset: number): Piece | undefined {
  pattern.lastIndex = offset;
  const text = pattern.exec(source)?.[0];
  return text === undefined || text === "" ? undefined : { kind, text };
}
