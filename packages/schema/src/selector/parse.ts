import type { Selector } from "./selector.ts";
import { tokens } from "./tokens.ts";
import type { Token, TokenMistake } from "./tokens.ts";

/** A selector that was read, or where and why it could not be. */
export type SelectorResult =
  | { readonly ok: true; readonly selector: Selector }
  | {
      readonly ok: false;
      /** The whole text, in which `position` counts. */
      readonly text: string;
      /** The index of the first character that is wrong, counted from 0. */
      readonly position: number;
      readonly message: string;
      readonly hint?: string;
    };

/** Deeper nesting than this is no selector that a person wrote. */
const deepest = 100;

/**
 * Reads a selector: names, globs (`edge-*`), `@tag`, `!` or `not`, `and` or `&`, `or`, `|` or `,`, parentheses.
 * `not` binds tighter than `and`, `and` tighter than `or`. Words side by side are or'ed, so that `nas compute`
 * chooses both; a name in double quotes is taken literally.
 *
 * @param words - the selector, or its words as a shell hands them over
 */
export function parseSelector(words: string | readonly string[]): SelectorResult {
  const text = typeof words === "string" ? words : words.join(" ");
  const all = tokens(text);
  if ("kind" in all) return failed(text, all);
  try {
    return { ok: true, selector: new Parser(all).whole() };
  } catch (error) {
    if (error instanceof Mistake) return failed(text, error.what);
    throw error;
  }
}

function failed(text: string, { position, message, hint }: Omit<TokenMistake, "kind">): SelectorResult {
  return { ok: false, text, position, message, ...(hint === undefined ? {} : { hint }) };
}

/** Leaves the parser's recursion; never leaves this file. */
class Mistake extends Error {
  readonly what: Omit<TokenMistake, "kind">;
  constructor(what: Omit<TokenMistake, "kind">) {
    super(what.message);
    this.what = what;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Selector {
    const selector = this.#or();
    const rest = this.#peek();
    if (rest.kind !== "end") {
      throw new Mistake({ position: rest.position, message: "this parenthesis was never opened" });
    }
    return selector;
  }

  #or(): Selector {
    const operands = [this.#and()];
    for (;;) {
      const { kind } = this.#peek();
      if (kind === "or") this.#next++;
      else if (kind === "end" || kind === "close") break;
      operands.push(this.#and());
    }
    return joined("or", operands);
  }

  #and(): Selector {
    const operands = [this.#not()];
    while (this.#peek().kind === "and") {
      this.#next++;
      operands.push(this.#not());
    }
    return joined("and", operands);
  }

  #not(): Selector {
    const token = this.#peek();
    if (++this.#depth > deepest) {
      throw new Mistake({ position: token.position, message: "the selector is nested too deeply" });
    }
    const selector = this.#operand(token);
    this.#depth--;
    return selector;
  }

  #operand(token: Token): Selector {
    this.#next++;
    switch (token.kind) {
      case "not":
        return { kind: "not", operand: this.#not() };
      case "open":
        return this.#inner(token);
      case "host":
        return token.quoted
          ? { kind: "host", pattern: token.pattern, quoted: true }
          : { kind: "host", pattern: token.pattern };
      case "tag":
        return { kind: "tag", pattern: token.pattern };
      case "and":
      case "or":
      case "close":
      case "end":
        throw new Mistake({ position: token.position, ...expectedHost(this.#tokens.length === 1) });
    }
  }

  #inner(open: Token): Selector {
    const selector = this.#or();
    if (this.#peek().kind !== "close") {
      throw new Mistake({ position: open.position, message: "this parenthesis is never closed" });
    }
    this.#next++;
    return selector;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", position: 0 };
  }
}

function expectedHost(empty: boolean): { readonly message: string; readonly hint: string } {
  return {
    message: empty ? "the selector is empty" : "a host or a @tag is missing here",
    hint: 'for example nas, "edge-*", @storage or "@web and !edge-1"',
  };
}

/** One operand stands for itself; operands of the same kind are taken in, so that printing and parsing agree. */
function joined(kind: "and" | "or", operands: readonly Selector[]): Selector {
  const flat = operands.flatMap((operand) => (operand.kind === kind ? operand.operands : [operand]));
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { kind, operands: flat };
}
