import { FlurryError } from "@flurry/core";

/**
 * Cuts a command such as the value of EDITOR into words, as a shell does: blanks separate, quotes and backslashes hold
 * together. Nothing is expanded.
 *
 * @param name - where the command stands, for the error
 * @throws FlurryError FLURRY_SECRETS_COMMAND_INVALID for a quote that does not end, or for nothing at all
 */
export function shellWords(command: string, name: string): readonly [string, ...string[]] {
  const words: string[] = [];
  let at = 0;
  let open: string | undefined;
  while (at < command.length) {
    const blank = /\s*/y;
    blank.lastIndex = at;
    blank.exec(command);
    at = blank.lastIndex;
    let word: string | undefined;
    for (let part = partAt(command, at); part !== undefined; part = partAt(command, at)) {
      word = (word ?? "") + part.text;
      open ??= part.open;
      at = part.end;
    }
    if (word !== undefined) words.push(word);
  }
  const [first, ...rest] = words;
  if (open !== undefined || first === undefined) {
    const why = open === undefined ? "it is empty" : `a ${open} is not closed`;
    throw new FlurryError("FLURRY_SECRETS_COMMAND_INVALID", `The command in ${name} cannot be read: ${why}`);
  }
  return [first, ...rest];
}

/** A part of a word: in quotes, behind a backslash, or plain. */
interface Part {
  readonly text: string;
  readonly end: number;
  /** The quote that is not closed. */
  readonly open?: string;
}

const parts = /'([^']*)('?)|"((?:\\[^]|[^"\\])*)("?)|\\([^])|([^\s'"\\]+|\\$)/y;

function partAt(command: string, at: number): Part | undefined {
  parts.lastIndex = at;
  const match = parts.exec(command);
  if (match === null) return undefined;
  const [, single, singleEnd, double, doubleEnd, escaped, plain = ""] = match;
  const end = parts.lastIndex;
  if (single !== undefined) return { text: single, end, ...(singleEnd === "" ? { open: "'" } : {}) };
  if (double !== undefined)
    return { text: double.replaceAll(/\\(["\\$`])/g, "$1"), end, ...(doubleEnd === "" ? { open: '"' } : {}) };
  return { text: escaped ?? plain, end };
}
