const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  $: "\\$",
};

/** What follows a piece of text in its string: the end of the string, or `${`. */
export interface PieceOptions {
  readonly before: "end" | "interpolation";
}

/**
 * Text for between double quotes. A dollar sign is escaped where what follows would make it an interpolation, or
 * would take the interpolation's own dollar sign for the second of `$$`.
 */
export function escapeString(text: string, { before }: PieceOptions = { before: "end" }): string {
  const dangerous = before === "interpolation" ? /["\\\n\r\t]|\$(?=\{|$)/g : /["\\\n\r\t]|\$(?=\{)/g;
  return text.replace(dangerous, (character) => escapes[character] ?? character);
}

/** Text for between pairs of single quotes, of which {@link indentable} says that it can stand there. */
export function escapeIndented(text: string, { before }: PieceOptions): string {
  const dangerous = before === "interpolation" ? /''|\$(?=\{|$)/g : /''|\$(?=\{)/g;
  return text.replace(dangerous, (match) => (match === "$" ? "''$" : "'''"));
}

/**
 * Whether a string can be written between pairs of single quotes, one line a line, so that taking away the common
 * indentation gives it back. Lines that end in blanks are refused as well, since editors remove them.
 *
 * @param pieces - the text between the interpolations; one more than there are interpolations
 */
export function indentable(pieces: readonly string[]): boolean {
  // A character that stands for each interpolation: neither a blank nor a quote.
  const whole = pieces.join("x");
  const lines = whole.split("\n");
  return (
    lines.length > 1 &&
    !/[\r\t]|[ ]$/m.test(whole) &&
    !/'''|'\$\{/.test(whole) &&
    !pieces.some((piece) => /'\$?$/.test(piece)) &&
    lines.some((line) => line !== "" && !line.startsWith(" "))
  );
}
