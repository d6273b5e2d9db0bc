/** A place in a text, counted from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** The line and column of a character. */
export function placeOf(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

const token = /"(?:[^"\\\n]|\\.)*"|[{}[\]\n:]/g;

/** Where each node of a lock file begins: the keys of the mapping `nodes` at the top. */
export function nodePlaces(text: string): ReadonlyMap<string, TextPlace> {
  const places = new Map<string, TextPlace>();
  const keys: string[] = [];
  let line = 1;
  let lineStart = 0;
  let last: { readonly text: string; readonly place: TextPlace } | undefined;
  for (const match of text.matchAll(token)) {
    const [word] = match;
    if (word === "\n") {
      line += 1;
      lineStart = match.index + 1;
    } else if (word === ":") {
      if (last === undefined) continue;
      const key = unquote(last.text);
      if (keys.length === 2 && keys[0] === "nodes") places.set(key, last.place);
      keys[keys.length - 1] = key;
      last = undefined;
    } else if (word === "{" || word === "[") keys.push("");
    else if (word === "}" || word === "]") keys.pop();
    else last = { text: word, place: { line, column: match.index - lineStart + 1 } };
  }
  return places;
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
