import { FlurryError } from "@flurry/core";

import type { TreePath } from "./tree.ts";

/**
 * Reads a path: as SOPS writes it, `["smb"]["users"][0]`, or short, `smb.users[0]`. A key with a dot or bracket in it
 * needs the long form.
 *
 * @throws FlurryError FLURRY_SOPS_PATH_INVALID
 */
export function parsePath(text: string): TreePath {
  return text.startsWith("[") ? parseLong(text) : parseShort(text);
}

const longStep = /\[(?:(\d{1,9})|("(?:[^"\\]|\\.)*")|'((?:[^'\\])*)')\]/y;

function parseLong(text: string): TreePath {
  const steps: (string | number)[] = [];
  for (let at = 0; at < text.length; at = longStep.lastIndex) {
    longStep.lastIndex = at;
    const match = longStep.exec(text);
    if (match === null) throw invalid(text, `at character ${at + 1} something like ["key"] or [0] is expected`);
    const [, index, quoted, plain = ""] = match;
    steps.push(index !== undefined ? Number(index) : quoted !== undefined ? unquote(text, quoted) : plain);
  }
  return steps;
}

function unquote(text: string, quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw invalid(text, `${quoted} is no text as JSON has it`);
  }
}

const shortStep = /^([^.[\]]+)((?:\[\d{1,9}\])*)$/;

function parseShort(text: string): TreePath {
  return text.split(".").flatMap((part): (string | number)[] => {
    const match = shortStep.exec(part);
    if (match === null)
      throw invalid(
        text,
        part === ""
          ? "a key is missing between dots"
          : `${JSON.stringify(part)} is neither a key nor one with [0] behind it`,
      );
    const [, key = "", indexes = ""] = match;
    return [key, ...[...indexes.matchAll(/\d+/g)].map(([index]) => Number(index))];
  });
}

function invalid(text: string, why: string): FlurryError {
  return new FlurryError("FLURRY_SOPS_PATH_INVALID", `The path ${text} cannot be read: ${why}`, {
    hint: `Write smb.users[0], or as sops does: '["smb"]["users"][0]'.`,
  });
}
