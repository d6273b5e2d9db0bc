import sliceAnsi from "slice-ansi";
import stringWidth from "string-width";

/** The text cut to so many terminal columns, with `…` where something is missing. */
export function truncate(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (stringWidth(text) <= columns) return text;
  // The two libraries do not agree on the width of every rare character, and only one of them can be right.
  for (let end = columns - 1; end > 0; end--) {
    const cut = `${sliceAnsi(text, 0, end)}…`;
    if (stringWidth(cut) <= columns) return cut;
  }
  return "…";
}

/** The text filled up with spaces to so many terminal columns. */
export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - stringWidth(text)));
}

/** The text with spaces before it up to so many terminal columns. */
export function padStart(text: string, columns: number): string {
  return " ".repeat(Math.max(0, columns - stringWidth(text))) + text;
}

/** The columns of the widest text, at most `limit`. */
export function widest(texts: readonly string[], limit: number): number {
  return Math.min(limit, Math.max(0, ...texts.map((text) => stringWidth(text))));
}
