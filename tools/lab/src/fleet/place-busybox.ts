import { chmod, copyFile, mkdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";

import { tempDir } from "@flurry/core";

import { LabError } from "../lab-error.ts";
import { fixtureDirectory } from "./fixture-directory.ts";

/**
 * Puts the machine's static busybox into the miniature nixpkgs, whose packages are made of it; the repository holds no
 * binary. In one step, so that whoever reads the directory at the same time never sees half of it.
 *
 * @param source - the program to take; Debian's package busybox-static has it at the default
 * @throws LabError LAB_UNAVAILABLE when there is none
 */
export async function placeBusybox(source = "/usr/bin/busybox"): Promise<void> {
  const target = fixtureDirectory("nixpkgs/busybox/busybox");
  const [wanted, present] = await Promise.all([readIfThere(source), readIfThere(target)]);
  if (wanted === undefined)
    throw new LabError("LAB_UNAVAILABLE", `${source} is missing`, {
      hint: "apt-get install busybox-static",
    });
  if (present?.equals(wanted) === true) return;
  await mkdir(dirname(target), { recursive: true });
  // Beside the tree and not in it: a temporary name in it would change its hash.
  await using staging = await tempDir(".busybox", fixtureDirectory("."));
  const copy = join(staging.path, "busybox");
  await copyFile(source, copy);
  await chmod(copy, 0o755);
  await rename(copy, target);
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined;
  }
}
