/** One word or sign of a selector, and where it begins (counted from 0). */
export type Token =
  | { readonly kind: "host" | "tag"; readonly pattern: string; readonly quoted: boolean; readonly position: number }
  | { readonly kind: "not" | "and" | "or" | "open" | "close" | "end"; readonly position: number };

/** A character that cannot stand where it does. */
export interface TokenMistake {
  readonly kind: "mistake";
  readonly position: number;
  readonly message: string;
  readonly hint?: string;
}

const signs: Readonly<Record<string, "not" | "and" | "or" | "open" | "close">> = {
  "!": "not",
  "&": "and",
  "|": "or",
  ",": "or",
  "(": "open",
  ")": "close",
};

/** Words that are operators unless they are quoted. */
const keywords: Readonly<Record<string, "not" | "and" | "or">> = { not: "not", and: "and", or: "or" };

const blank = /\s+/y;
const operator = /&&?|\|\|?|[!,()]/y;
const quotedWord = /"([^"]*)"/y;
const word = /@?(?:[A-Za-z0-9._*?-]|\[[!^]?[A-Za-z0-9._-]+\])+/y;

/** True for host names that must be written in quotes, since they read as operators. */
export function isKeyword(name: string): boolean {
  return Object.hasOwn(keywords, name);
}

/** Cuts a selector into its words and signs; the last token is `end`. */
export function tokens(text: string): readonly Token[] | TokenMistake {
  const found: Token[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    return pattern.exec(text);
  };
  while (position < text.length) {
    const match = take(blank) ?? take(operator) ?? take(quotedWord) ?? take(word);
    const token = match === null ? mistakeAt(text, position) : tokenOf(match, position);
    if (token?.kind === "mistake") return token;
    if (token !== undefined) found.push(token);
    position += match?.[0].length ?? 1;
  }
  return [...found, { kind: "end", position: text.length }];
}

function tokenOf(match: RegExpExecArray, position: number): Token | TokenMistake | undefined {
  const [text, quoted] = match;
  if (quoted !== undefined) {
    return quoted === ""
      ? { kind: "mistake", position, message: "the name in the quotes is empty" }
      : { kind: "host", pattern: quoted, quoted: true, position };
  }
  if (text.trim() === "") return undefined;
  const sign = signs[text.charAt(0)];
  if (sign !== undefined) return { kind: sign, position };
  const keyword = Object.hasOwn(keywords, text) ? keywords[text] : undefined;
  if (keyword !== undefined) return { kind: keyword, position };
  if (text.startsWith("-")) {
    return { kind: "mistake", position, message: "a name cannot begin with a dash", hint: "exclude hosts with !" };
  }
  return text.startsWith("@")
    ? { kind: "tag", pattern: text.slice(1), quoted: false, position }
    : { kind: "host", pattern: text, quoted: false, position };
}

function mistakeAt(text: string, position: number): TokenMistake {
  const character = text.charAt(position);
  const mistake = { kind: "mistake", position } as const;
  if (character === '"') return { ...mistake, message: "the quotes are not closed" };
  if (character === "[") {
    return { ...mistake, message: "the set is not closed or empty", hint: "write for example [ab] or [0-9]" };
  }
  if (character === "@") return { ...mistake, message: "the tag after @ is missing" };
  if (character === "#") {
    return { ...mistake, message: "# has no place in a selector", hint: "write the host's name alone" };
  }
  return { ...mistake, message: `${JSON.stringify(character)} has no place in a selector` };
}
