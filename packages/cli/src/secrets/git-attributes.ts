import { basename, dirname, extname, relative } from "node:path";

import type { EncryptedFile } from "@flurry/secrets";

const begin = "# flurry secrets: written by flurry secrets git-setup";
const end = "# flurry secrets: end";

/** Patterns for the encrypted files of a repository and those that will join them: by folder and ending. */
export function attributePatterns(root: string, files: readonly EncryptedFile[]): readonly string[] {
  const patterns = files.map(({ kind, path }) => {
    if (kind === "age") return "*.age";
    const name = relative(root, path);
    const folder = dirname(name);
    // At the top there are other files of the same ending.
    return folder === "." || extname(name) === "" ? `/${quote(name)}` : `/${quote(folder)}/*${extname(basename(name))}`;
  });
  return [...new Set(patterns)].sort();
}

/** A `.gitattributes` with the lines for patterns in it; what others wrote stays. */
export function withAttributes(text: string, patterns: readonly string[]): string {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const from = lines.indexOf(begin);
  const to = lines.indexOf(end, from);
  const own = [begin, ...patterns.map((pattern) => `${pattern} diff=flurry-secrets merge=flurry-secrets`), end];
  const kept =
    from === -1 || to === -1 ? [...lines, ...own] : [...lines.slice(0, from), ...own, ...lines.slice(to + 1)];
  return `${kept.join("\n")}\n`;
}

/** Blanks and signs of patterns in names stand for themselves. */
function quote(name: string): string {
  return name.replaceAll(/[\\*?[\]]/g, "\\$&").replaceAll(" ", "[[:space:]]");
}
