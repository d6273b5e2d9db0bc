/**
 * Quotes a word for a shell, so that it arrives as this one word whatever is in it.
 *
 * What sshd hands to a user's login shell is read by that shell, which need not be POSIX: fish takes a backslash before a
 * quote for an escape even between single quotes. Both characters therefore stand between double quotes, where sh, bash,
 * zsh and fish agree.
 *
 * @throws RangeError for a NUL byte, which no argument can hold
 */
export function shellQuote(word: string): string {
  if (word.includes("\0")) throw new RangeError("a shell word cannot hold a NUL byte");
  if (/^[A-Za-z0-9_@%+:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll(/['\\]/g, (character) => (character === "'" ? `'"'"'` : String.raw`'"\\"'`))}'`;
}

/** A command line for a shell that runs exactly these words. */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellQuote).join(" ");
}
