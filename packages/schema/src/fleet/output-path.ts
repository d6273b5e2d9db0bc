import { quoted } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";
import { hasControl } from "./flake-names.ts";

const part = /"([^"\\$]+)"|([A-Za-z_][A-Za-z0-9_'-]*)/y;

/** Why a text does not name an output of a flake, or undefined if it does. */
export function checkOutputPath(text: string): Complaint | undefined {
  if (!hasControl(text) && parsed(text) !== undefined) return undefined;
  return {
    message: `${quoted(text)} is not an output of a flake`,
    hint: 'write attributes with dots, others in quotes: packages.x86_64-linux."my.notes"',
  };
}

/**
 * The attributes that a text such as `packages.x86_64-linux."my.notes"` names.
 *
 * @throws RangeError when it was not checked
 */
export function outputPath(text: string): readonly string[] {
  const path = parsed(text);
  if (path === undefined) throw new RangeError(`${text} is not an output of a flake`);
  return path;
}

/** The inverse of {@link outputPath}. */
export function outputPathText(path: readonly string[]): string {
  return path.map((name) => (/^[A-Za-z_][A-Za-z0-9_'-]*$/.test(name) ? name : `"${name}"`)).join(".");
}

function parsed(text: string): readonly string[] | undefined {
  const names: string[] = [];
  for (let position = 0; ; position++) {
    part.lastIndex = position;
    const match = part.exec(text);
    if (match === null) return undefined;
    names.push(match[1] ?? match[2] ?? "");
    position += match[0].length;
    if (position === text.length) return names;
    if (text[position] !== ".") return undefined;
  }
}
