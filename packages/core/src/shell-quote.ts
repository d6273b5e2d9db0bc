/**
 * Quotes a word for a POSIX shell, so that it arrives as this one word whatever is in it.
 *
 * @throws RangeError for a NUL byte, which no argument can hold
 */
export function shellQuote(word: string): string {
  if (word.includes("\0")) throw new RangeError("a shell word cannot hold a NUL byte");
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command line for a POSIX shell that runs exactly these words. */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellQuote).join(" ");
}
