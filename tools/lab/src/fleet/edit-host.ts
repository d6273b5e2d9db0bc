import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { LabError } from "../lab-error.ts";
import type { FleetExec } from "./fleet-exec.ts";
import { commitAll, stageAll } from "./git-repository.ts";

/** How to change a host's configuration. */
export interface EditHostOptions {
  /** The fleet's repository. */
  readonly directory: string;
  readonly host: string;
  /**
   * A NixOS module for this host, in place of what an earlier edit gave it; `{ }` takes it back.
   *
   * @example "{ lab.trouble.dropSsh = true; }"
   */
  readonly nix: string;
  readonly exec: FleetExec;
  /**
   * Whether to commit, or leave a dirty work tree.
   *
   * @default true
   */
  readonly commit?: boolean;
}

const firstImports = /\bimports = \[/;

/**
 * Changes the configuration of a host of a prepared fleet: writes `hosts/<name>/edit.nix`, which the host's
 * `default.nix` imports from then on.
 *
 * @throws LabError LAB_INVALID when the fleet has no such host or its module imports nothing
 */
export async function editHost({ directory, host, nix, exec, commit = true }: EditHostOptions): Promise<void> {
  const file = join(directory, "hosts", host, "default.nix");
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new LabError("LAB_INVALID", `the fleet has no host ${host}: ${file} is missing`, { cause });
  });
  if (!text.includes("./edit.nix")) {
    if (!firstImports.test(text)) throw new LabError("LAB_INVALID", `${file} has no list of imports`);
    await writeFile(file, text.replace(firstImports, "imports = [ ./edit.nix ] ++ ["));
  }
  await writeFile(join(directory, "hosts", host, "edit.nix"), `${nix.trim()}\n`);
  await (commit ? commitAll(exec, directory, `Change ${host}`) : stageAll(exec, directory));
}
