import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { runProcess } from "@flurry/core";

import { assetDirectory } from "./assets.ts";
import { LabError } from "./lab-error.ts";
import { ownPidNamespace, readLabState } from "./lab-state.ts";
import type { LabState } from "./lab-state.ts";
import { findSupervisor, isRunning } from "./supervisor.ts";

/**
 * Makes a directory that of a new lab, by a file that only one can make.
 *
 * @throws LabError LAB_EXISTS, LAB_INVALID when other files are in it
 */
export async function claimDirectory(directory: string, state: LabState): Promise<void> {
  await sweepDeadLab(directory);
  const names = await readdir(directory);
  if (!names.includes("lab.json") && names.some((name) => name !== "log"))
    throw new LabError("LAB_INVALID", `${directory} is not empty`, {
      hint: "Give the lab a directory of its own.",
    });
  try {
    await using file = await open(join(directory, "lab.json"), "wx");
    await file.writeFile(`${JSON.stringify(state, null, 2)}\n`);
  } catch (cause) {
    throw new LabError("LAB_EXISTS", `a lab is already up in ${directory}`, {
      cause,
      hint: "End it with `lab down`, or use another directory.",
    });
  }
}

/** Removes what is left of labs that were killed together with the process that cleans up after them. */
export async function sweepDeadLabs(parent: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => /^fl-[A-Za-z0-9]{6}$/.test(name));
  for (const name of names) {
    const directory = join(parent, name);
    if (await sweepDeadLab(directory)) await rm(directory, { recursive: true, force: true }).catch(() => {});
  }
}

/** Removes the traces of a dead lab. Returns whether there were some. */
export async function sweepDeadLab(directory: string): Promise<boolean> {
  const state = await readLabState(directory).catch(() => undefined);
  if (state === undefined) return false;
  const { pidNamespace, creator } = state;
  // Who shares the directory, but not the processes, cannot tell: a container, or a place in another lab.
  if (pidNamespace !== undefined && pidNamespace !== (await ownPidNamespace())) return false;
  if ((await isRunning(creator)) || (await findSupervisor(directory)) !== undefined) return false;
  await removeTraces(directory, { ephemeral: false, ...(state.cgroup === undefined ? {} : { cgroup: state.cgroup }) });
  return true;
}

/** Removes the files and the cgroup of a lab that does not run. The log stays unless the directory goes as well. */
export async function removeTraces(
  directory: string,
  { cgroup = "", ephemeral }: { readonly cgroup?: string; readonly ephemeral: boolean },
): Promise<void> {
  const env = { ...process.env, LAB: directory, CGROUP: cgroup, EPHEMERAL: ephemeral ? "1" : "" };
  await runProcess("sh", [join(assetDirectory, "clean-up.sh")], { env, timeoutMs: 60_000 });
}
