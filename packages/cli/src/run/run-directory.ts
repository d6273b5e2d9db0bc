import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the runs of a fleet leave what outlives them. */
export interface RunDirectories {
  /** For journals; one file a run. */
  readonly journals: string;
  /** For links that keep the systems of this run from being collected as garbage; it exists. */
  readonly roots: string;
  /** For the logs of the hosts of this run; one file a host. */
  readonly logs: string;
}

// Long enough to look into a failed run after a holiday.
const rootsLifetimeMs = 14 * 86_400_000;

/**
 * Makes the directories of a run: `.flurry/runs`, `.flurry/roots/<run id>` and `.flurry/logs/<run id>` in the fleet's directory. They never
 * enter git: a `.gitignore` beside them sees to that. Links and logs of runs that nobody will go on with are removed.
 *
 * @param now - milliseconds since the epoch
 */
export async function runDirectories(fleetDirectory: string, runId: string, now: number): Promise<RunDirectories> {
  const own = join(fleetDirectory, ".flurry");
  const journals = join(own, "runs");
  const allRoots = join(own, "roots");
  const roots = join(allRoots, runId);
  await mkdir(journals, { recursive: true });
  await writeFile(join(own, ".gitignore"), "*\n", { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await mkdir(roots, { recursive: true });
  const allLogs = join(own, "logs");
  const logs = join(allLogs, runId);
  await mkdir(logs, { recursive: true });
  await removeOld(allRoots, now - rootsLifetimeMs);
  await removeOld(allLogs, now - rootsLifetimeMs);
  return { journals, roots, logs };
}

async function removeOld(directory: string, before: number): Promise<void> {
  const names = await readdir(directory);
  await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const { mtimeMs } = await stat(path);
      if (mtimeMs < before) await rm(path, { recursive: true, force: true });
    }),
  );
}

/** Lets go of the systems of a run, for when it ended well. */
export async function releaseRoots({ roots }: RunDirectories): Promise<void> {
  await rm(roots, { recursive: true, force: true });
}
