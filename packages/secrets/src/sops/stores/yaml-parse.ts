import { Composer, Lexer, Parser } from "yaml";
import type { CST, Document } from "yaml";

import { limitError, maxDepth, syntaxError } from "./store.ts";
import type { ReadOptions } from "./store.ts";

/** A document with its own tokens and the comments above it. */
export interface YamlDocument {
  readonly document: Document.Parsed;
  /** Comments before the document starts. */
  readonly before: readonly CST.SourceToken[];
  readonly tokens: CST.Document;
  /** Where what follows begins: a mark, another document, or the end of the text. */
  readonly end: number;
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/**
 * Parses a text into documents, nothing resolved: every scalar is a text, aliases are not followed.
 *
 * @throws FlurryError FLURRY_SOPS_SYNTAX, FLURRY_SOPS_LIMIT
 */
export function parseYaml(text: string, options: ReadOptions): YamlDocument[] {
  const control = forbidden.exec(text);
  if (control !== null)
    throw syntaxError("it holds a control character", { ...options, at: { text, offset: control.index } });
  const tokens = [...tokensOf(text, options)];
  const documents: YamlDocument[] = [];
  let before: CST.SourceToken[] = [];
  const composer = new Composer({
    schema: "failsafe",
    version: "1.2",
    merge: false,
    keepSourceTokens: true,
    // Tags that the schema does not know are resolved by us.
    logLevel: "silent",
    uniqueKeys: false,
  });
  const composed = [...composer.compose(tokens, false, text.length)];
  const sources: { tokens: CST.Document; before: CST.SourceToken[]; end: number }[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.type === "comment") before.push(token);
    else if (token.type === "document") {
      sources.push({ tokens: token, before, end: tokens[index + 1]?.offset ?? text.length });
      before = [];
    }
  }
  for (const [index, document] of composed.entries()) {
    const [error] = document.errors;
    if (error !== undefined) {
      // The library's message quotes the line, which may be a secret.
      const what = error.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? error.code;
      throw syntaxError(safeMessage(what, error.code), { ...options, at: { text, offset: error.pos[0] } });
    }
    const source = sources[index];
    if (source !== undefined) documents.push({ document, ...source });
  }
  return documents;
}

/** Messages that quote what stands in the file are replaced by their code. */
function safeMessage(message: string, code: string): string {
  return /["'`:]\s*\S|\bsource\b/.test(message)
    ? `it is no valid YAML (${code.toLowerCase().replaceAll("_", " ")})`
    : message;
}

// Nesting is bounded while parsing, as the cost of a deep stack is what hurts.
function* tokensOf(text: string, options: ReadOptions): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > 2 * maxDepth) throw limitError(`it is nested more than ${maxDepth} deep`, options.file);
  }
  yield* parser.end();
}
