import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runProcess } from "@flurry/core";
import type { ProcessResult, RunProcessOptions } from "@flurry/core";

import { repositoryRoot } from "./repository.ts";
import { requiredRun } from "./required-run.ts";

/** A project of someone who uses the packages, outside of this repository. */
export interface ConsumerProject {
  /** Absolute. */
  readonly directory: string;
  /** Runs a command of an installed package, as a user would. */
  npx(words: readonly string[], options?: RunProcessOptions): Promise<ProcessResult>;
  /**
   * Type checks TypeScript files of the project against what is installed, and compiles each to a .js file beside it.
   *
   * @returns what the compiler has to say; empty when all is well
   */
  compile(files: readonly string[]): Promise<string>;
}

/**
 * Installs tarballs into an empty project, with their dependencies from the registry.
 *
 * @param directory - an empty directory
 */
export async function consumerProject(directory: string, tarballs: readonly string[]): Promise<ConsumerProject> {
  const manifest = { name: "consumer", version: "0.0.0", private: true, type: "module" };
  await writeFile(join(directory, "package.json"), JSON.stringify(manifest));
  const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts", "--loglevel=error"];
  await requiredRun("npm", ["install", ...flags, ...tarballs], { cwd: directory, timeoutMs: 300_000 });
  return {
    directory,
    // --no: never fetch a program of that name from the registry instead.
    npx: (words, options) => requiredRun("npx", ["--no", "--", ...words], { ...options, cwd: directory }),
    compile: async (files) => {
      await writeFile(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
      const tsc = join(repositoryRoot, "node_modules/.bin/tsc");
      const { stdout, stderr } = await runProcess(tsc, ["--project", directory], { cwd: directory });
      return `${stdout}${stderr}`.trim();
    },
  };
}

/** What a careful user of today compiles with. Only the compiler and Node's types come from this repository. */
const compilerOptions = {
  target: "es2023",
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  types: ["node"],
  typeRoots: [join(repositoryRoot, "node_modules/@types")],
};
