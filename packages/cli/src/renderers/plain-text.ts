import { stripVTControlCharacters } from "node:util";

/**
 * A text that a host or a program printed, without anything that could steer the terminal:
 * escape sequences and control characters are gone, tabs are spaces, only line feeds stay.
 */
export function plainText(text: string): string {
  const lines = text.replaceAll(/\r+\n/g, "\n").replaceAll("\t", "  ");
  // A carriage return alone overwrites its line (progress bars); what was written last is what counts.
  const settled = lines.replaceAll(/[^\n]*\r/g, "");
  return stripVTControlCharacters(settled).replaceAll(/[^\P{Cc}\n]|\p{Bidi_Control}/gu, "");
}

/** {@link plainText} on one line. */
export function plainLine(text: string): string {
  return plainText(text)
    .replaceAll(/\s*\n\s*/g, " ")
    .trim();
}

/** A warning on one line, without the words by which nix marks it as one: whoever shows it has a mark of its own. */
export function warningText(text: string): string {
  return plainLine(text).replace(/^(?:trace: )?(?:evaluation )?(?:warning: )+/, "");
}
