import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

import { runProcess } from "@flurry/core";
import type { RunProcessOptions } from "@flurry/core";

const cache =
  process.env["FLURRY_INTEROP_DIR"] ??
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "flurry-interop");

/** Where scripts/install-interop-tools.sh puts the programs of other projects, before the machine's own. */
export const toolPath = [join(cache, "bin"), process.env["PATH"] ?? ""].join(delimiter);

/**
 * Releases of sops beside the newest, the oldest first: the first that is packaged everywhere, the last with the old layout
 * of metadata, and the one that sops-nix is linked with. The same default as in scripts/install-interop-tools.sh.
 */
export const sopsReleases = (process.env["FLURRY_INTEROP_SOPS"] ?? "3.7.3 3.9.4 3.12.2")
  .split(" ")
  .map((version) => `sops-${version}`);

/**
 * Programs that CI installs (scripts/install-interop-tools.sh): one that is missing there is a failure. Not rage, which is
 * compared with where it can be had.
 */
const installedByCi = new Set(
  [
    "age",
    "age-keygen",
    "age-plugin-batchpass",
    "age-1.2.0",
    "ssh-to-age",
    "sops",
    "gpg",
    "ssh-keygen",
    "expect",
  ].concat(sopsReleases),
);

/** Whether a program is there, to compare with. What others wrote with those that are not is in fixtures/vectors. */
export function hasTool(name: string): boolean {
  if (process.env["CI"] !== undefined && installedByCi.has(name)) return true;
  return toolPath.split(delimiter).some((folder) => isExecutable(join(folder, name)));
}

/** Runs a program that must succeed; returns its output as bytes that survived latin1. */
export async function tool(name: string, args: readonly string[], options: RunProcessOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess(name, args, {
    timeoutMs: 60_000,
    ...options,
    env: { ...process.env, PATH: toolPath, ...options.env },
  });
  if (exitCode !== 0) throw new Error(`${name} ${args.join(" ")} ended with ${exitCode}: ${stderr}`);
  return stdout;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
