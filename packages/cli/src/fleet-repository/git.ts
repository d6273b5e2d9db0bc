import { rm } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError } from "@flurry/core";

import type { Services } from "../services.ts";

/** What the commands ask git to do in a repository. */
export interface Git {
  /** Makes new files known to git, so that a flake sees them. Does nothing outside a repository. */
  readonly intendToAdd: (paths: readonly string[]) => Promise<void>;
  /** Adds files to the index as they are. Does nothing outside a repository. */
  readonly add: (paths: readonly string[]) => Promise<void>;
  /** Takes files out of the index that are gone. Does nothing outside a repository. */
  readonly forget: (paths: readonly string[]) => Promise<void>;
  /** Makes a repository and adds all files; when the directory is in one already, only adds them. */
  readonly begin: (paths: readonly string[]) => Promise<"made" | "added">;
}

/** What git is run with. */
export interface GitOptions {
  readonly services: Pick<Services, "runProcess">;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

const timeoutMs = 30_000;

/** Git in a directory. */
export function gitOf(directory: string, { services, env, signal }: GitOptions): Git {
  const run = async (words: readonly string[]): Promise<boolean> => {
    const options = { cwd: directory, env, signal, timeoutMs };
    const { exitCode, stderr } = await services.runProcess("git", words, options);
    if (exitCode === 0) return true;
    if (words[0] === "rev-parse" && /not a git repository/.test(stderr)) return false;
    throw new FlurryError("FLURRY_PROCESS_FAILED", `git ${words[0]} failed in ${directory}`, {
      details: stderr.trim(),
      hint: "the flake sees only files that git knows; put this right and run it again",
    });
  };
  const inside = (): Promise<boolean> => run(["rev-parse", "--is-inside-work-tree"]);
  const add = async (words: readonly string[], paths: readonly string[]): Promise<void> => {
    if (paths.length > 0) await run(["add", ...words, "--", ...paths]);
  };
  return {
    intendToAdd: async (paths) => {
      const seen = paths.filter((path) => !path.startsWith(".flurry/"));
      if (seen.length > 0 && (await inside())) await add(["--intent-to-add"], seen);
    },
    add: async (paths) => {
      if (await inside()) await add([], paths);
    },
    forget: async (paths) => {
      if (paths.length > 0 && (await inside()))
        await run(["rm", "--cached", "--quiet", "--force", "--ignore-unmatch", "--", ...paths]);
    },
    begin: async (paths) => {
      const exists = await inside();
      if (!exists) await run(["init", "--quiet", "--initial-branch=main"]);
      try {
        await add([], paths);
      } catch (error) {
        if (!exists) await rm(join(directory, ".git"), { recursive: true, force: true });
        throw error;
      }
      return exists ? "added" : "made";
    },
  };
}
