import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

import { matchesGlob } from "@flurry/schema";
import type { IncludedFile } from "@flurry/schema";

/** More than anyone writes. */
const limits = { files: 500, bytes: 1024 * 1024 } as const;

/** Where an ssh_config is. */
export interface SshConfigPlace {
  /** The absolute path of the file; undefined for standard input. */
  readonly path: string | undefined;
  /** The home of the user; undefined when nobody has one. */
  readonly home: string | undefined;
}

/**
 * Finds what an `Include` of ssh_config leads to: below `~/.ssh`, for files of `/etc/ssh` there.
 *
 * @see https://man.openbsd.org/ssh_config#Include
 */
export function includedFiles({ path, home = "/" }: SshConfigPlace): (pattern: string) => readonly IncludedFile[] {
  const base = path !== undefined && dirname(path) === "/etc/ssh" ? "/etc/ssh" : join(home, ".ssh");
  let count = 0;
  return (pattern) => {
    const full = pattern.startsWith("~/") ? join(home, pattern.slice(2)) : pattern;
    const files = expanded(isAbsolute(full) ? full : join(base, full));
    return files.flatMap((file): readonly IncludedFile[] => {
      const about = statSync(file, { throwIfNoEntry: false });
      if (about?.isFile() !== true || about.size > limits.bytes || count >= limits.files) return [];
      count += 1;
      const near = file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file;
      return [{ file: near, text: readFileSync(file, "utf8") }];
    });
  };
}

/** The paths that a pattern means, each part of it for itself. */
function expanded(pattern: string): readonly string[] {
  let paths: readonly string[] = ["/"];
  for (const part of pattern.split("/").filter((each) => each !== "")) {
    if (!/[*?[]/.test(part)) paths = paths.map((path) => join(path, part));
    else
      paths = paths.flatMap((path) =>
        namesIn(path)
          .filter((name) => matchesGlob(part, name))
          .map((name) => join(path, name)),
      );
  }
  return paths;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .toSorted();
  } catch {
    return [];
  }
}
