import { join } from "node:path";

import { runProcess } from "@flurry/core";

import { repositoryRoot } from "./repository.ts";

/** What publint and "are the types wrong" have to say about a tarball; empty when it is clean. */
export async function lintTarball(tarball: string): Promise<readonly string[]> {
  const findings: string[] = [];
  for (const [program, ...args] of [
    ["publint", "run", tarball, "--strict"],
    // Node 20.19 and newer can require() ES modules, so that there is no CommonJS build to look at.
    // A program that is exported for its path has no types.
    ["attw", tarball, "--profile", "esm-only", "--exclude-entrypoints", "bin", "--no-color", "--no-emoji"],
  ] as const) {
    const { exitCode, stdout, stderr } = await runProcess(join(repositoryRoot, "node_modules/.bin", program), args, {
      cwd: repositoryRoot,
      env: { ...process.env, NO_COLOR: "1" },
    });
    if (exitCode !== 0) findings.push(`${program}:\n${stdout}${stderr}`.trim());
  }
  return findings;
}
