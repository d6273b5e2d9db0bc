/** The example that a README begins with. */
export interface ReadmeExample {
  /** The TypeScript text. */
  readonly code: string;
  /** What the example needs beside the package, named by a comment such as `<!-- example: sshd -->` above the block. */
  readonly setup: string | undefined;
  /** The line of the block's first line of code, counted from 1. */
  readonly line: number;
}

/** The first ```ts block of a Markdown text; undefined when it has none. */
export function readmeExample(markdown: string): ReadmeExample | undefined {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => /^```(ts|typescript)\s*$/.test(line));
  if (start < 0) return undefined;
  const length = lines.slice(start + 1).findIndex((line) => /^```\s*$/.test(line));
  if (length < 0) return undefined;
  return {
    code: `${lines.slice(start + 1, start + 1 + length).join("\n")}\n`,
    setup: setupAbove(lines.slice(0, start)),
    line: start + 2,
  };
}

/** The comment directly above the block, empty lines between them aside. */
function setupAbove(lines: readonly string[]): string | undefined {
  const above = lines.findLast((line) => line.trim() !== "");
  return /^<!--\s*example:\s*([\w-]+)\s*-->$/.exec(above?.trim() ?? "")?.[1];
}
