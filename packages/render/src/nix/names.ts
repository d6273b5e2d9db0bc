import { escapeString } from "./strings.ts";

/** Words that are no names; `or` is one only in places, where quotes do no harm. */
const keywords = new Set(["assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"]);

/** True for a text that may stand as a name without quotes: a variable, a parameter, an attribute. */
export function isIdentifier(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_'-]*$/.test(text) && !keywords.has(text);
}

/** An attribute name as it is written, in quotes where it needs them. */
export function attrNameText(name: string): string {
  return isIdentifier(name) ? name : `"${escapeString(name)}"`;
}
