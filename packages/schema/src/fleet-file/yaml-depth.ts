import { Composer, Lexer, Parser, YAMLParseError } from "yaml";
import type { CST, Document, DocumentOptions, LineCounter, ParseOptions, SchemaOptions } from "yaml";

/** Files of people are ten deep or so. */
const deepest = 100;

/**
 * Where a YAML text is nested too deeply to be parsed, as an offset in it; undefined when it is not. What is made of its
 * tokens goes as deep as the text does: to find that the stack is full is too late, since a regular expression that V8
 * first compiles there ends the whole process.
 */
export function yamlTooDeepAt(text: string): number | undefined {
  if (isShallow(text)) return undefined;
  const tokens = tokensOf(text);
  return Array.isArray(tokens) ? undefined : tokens.tooDeepAt;
}

type Options = ParseOptions & DocumentOptions & SchemaOptions;

/** The one document of a text, as `parseDocument` of `yaml` has it, or where it is nested too deeply. */
export function boundedDocument(text: string, options: Options): Document.Parsed | { readonly tooDeepAt: number } {
  const tokens = tokensOf(text, options.lineCounter);
  if (!Array.isArray(tokens)) return tokens;
  let first: Document.Parsed | undefined;
  for (const document of new Composer(options).compose(tokens, true, text.length)) {
    if (first !== undefined) {
      const [start, end] = document.range;
      first.errors.push(new YAMLParseError([start, end], "MULTIPLE_DOCS", "there is more than one document"));
      break;
    }
    first = document;
  }
  if (first === undefined) throw new TypeError("every text has a document");
  return first;
}

function tokensOf(text: string, lines?: LineCounter): CST.Token[] | { readonly tooDeepAt: number } {
  const parser = new Parser(lines?.addNewLine);
  const tokens: CST.Token[] = [];
  lines?.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    // A collection and its item.
    if (parser.stack.length > 2 * deepest) return { tooDeepAt: parser.offset };
  }
  tokens.push(...parser.end());
  return tokens;
}

/** What can be said without taking the text apart: each level has a bracket, or a column and more of its own. */
function isShallow(text: string): boolean {
  let brackets = 0;
  let inLine = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) brackets += 1;
    else if (code === 0x0a || code === 0x0d) inLine = 0;
    // Blanks, and signs that begin an item, a key or a value.
    else if (code === 0x20 || code === 0x2d || code === 0x3f || code === 0x3a) inLine += 1;
    if (brackets + inLine > deepest) return false;
  }
  return true;
}
