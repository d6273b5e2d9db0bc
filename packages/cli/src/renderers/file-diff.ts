import { FILE_HEADERS_ONLY, createTwoFilesPatch } from "diff";

import type { Colors } from "./colors.ts";
import { plainText } from "./plain-text.ts";

/** A file before and after a change; undefined where there is none. */
export interface FileVersions {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** The change of a file as a unified diff that `patch -p1` takes, with a final line feed. */
export function renderFileDiff({ path, before, after }: FileVersions, colors: Colors): string {
  const from = before === undefined ? "/dev/null" : `a/${path}`;
  const to = after === undefined ? "/dev/null" : `b/${path}`;
  const patch = createTwoFilesPatch(from, to, before ?? "", after ?? "", undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
  const lines = plainText(patch).trimEnd().split("\n");
  return `${lines.map((line) => paint(line, colors)).join("\n")}\n`;
}

function paint(line: string, colors: Colors): string {
  if (line.startsWith("--- ") || line.startsWith("+++ ")) return colors.bold(line);
  if (line.startsWith("@@")) return colors.cyan(line);
  if (line.startsWith("+")) return colors.green(line);
  return line.startsWith("-") ? colors.red(line) : line;
}
