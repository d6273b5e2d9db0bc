import { existsSync, readFileSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

import { nixTokens } from "@flurry/nix";
import type { Fleet } from "@flurry/schema";

import { tryGit } from "../run/git.ts";
import type { GitParts } from "../run/git.ts";
import type { CheckRepository, NixFile } from "./rule.ts";

/** More is no source code. */
const largestFileBytes = 4 * 1024 * 1024;

const leftOut = new Set([".git", "node_modules", ".direnv", ".flurry", "result"]);

/** Reads what there is to check. */
export async function readRepository(
  directory: string,
  { fleet, nowMs, git }: { readonly fleet: Fleet | undefined; readonly nowMs: number; readonly git: GitParts },
): Promise<CheckRepository> {
  const prefix = await tryGit(directory, ["rev-parse", "--show-prefix"], git);
  const listed = async (...flags: readonly string[]): Promise<readonly string[]> => {
    const text = await tryGit(directory, ["ls-files", "-z", ...flags], git);
    return (text ?? "").split("\0").filter((file) => file !== "");
  };
  const files = prefix === undefined ? await walk(directory) : await listed("--cached");
  const untracked = prefix === undefined ? [] : await listed("--others", "--exclude-standard");
  const text = textIn(directory);
  const nixFiles = [...files, ...untracked]
    .filter((file) => file.endsWith(".nix"))
    .toSorted()
    .flatMap((path): readonly NixFile[] => {
      const content = text(path);
      if (content === undefined) return [];
      const tokens = nixTokens(content);
      return [{ path, tokens, code: tokens.filter(({ kind }) => kind !== "space" && kind !== "comment") }];
    });
  return {
    directory,
    files,
    untracked,
    prefix: prefix ?? "",
    nixFiles,
    ...(fleet === undefined ? {} : { fleet }),
    hasFlake: existsSync(join(directory, "flake.nix")),
    text,
    nowMs,
  };
}

function textIn(directory: string): (path: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (path) => {
    if (!known.has(path)) known.set(path, readText(join(directory, path)));
    return known.get(path);
  };
}

function readText(path: string): string | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() && stats.size <= largestFileBytes ? readFileSync(path, "utf8") : undefined;
  } catch {
    return undefined;
  }
}

async function walk(directory: string, at = directory): Promise<readonly string[]> {
  const entries = await readdir(at, { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !leftOut.has(name))
      .map(async (entry): Promise<readonly string[]> => {
        const path = join(at, entry.name);
        if (entry.isDirectory()) return await walk(directory, path);
        return entry.isFile() ? [relative(directory, path).replaceAll(sep, "/")] : [];
      }),
  );
  return found.flat();
}
