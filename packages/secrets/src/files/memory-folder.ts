import { mkdtemp, open, readdir, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError } from "@flurry/core";

/** A folder (mode 0700) whose files are in memory and never on a disk of their own. Disposing of it removes it. */
export interface MemoryFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file of mode 0600 and returns its path. */
  put(name: string, content: Uint8Array): Promise<string>;
}

/** Where to make a folder; see {@link memoryFolder}. */
export interface MemoryFolderOptions {
  readonly env: NodeJS.ProcessEnv;
  /** A folder to take where there is no file system in memory; its user knows that it may be on a disk. */
  readonly fallback?: string;
}

/** Types of file systems that are in memory, as statfs has them. Source: linux/magic.h. */
const inMemory: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

const prefix = "flurry-secrets-";

/**
 * Makes a folder for files in clear on a tmpfs or ramfs: in XDG_RUNTIME_DIR, else /dev/shm. What is there is asked of the
 * system, not taken for granted. Folders of processes that were killed are removed on the way.
 *
 * @throws FlurryError FLURRY_SECRETS_NO_TMPFS when there is none and no fallback is given
 */
export async function memoryFolder({ env, fallback }: MemoryFolderOptions): Promise<MemoryFolder> {
  const runtime = env["XDG_RUNTIME_DIR"] ?? "";
  for (const place of [...(runtime === "" ? [] : [runtime]), "/dev/shm"]) {
    if (await isInMemory(place)) return await makeFolder(place);
  }
  if (fallback !== undefined) return await makeFolder(fallback);
  throw new FlurryError("FLURRY_SECRETS_NO_TMPFS", "There is no folder in memory for the file in clear", {
    hint: "XDG_RUNTIME_DIR and /dev/shm are no tmpfs here. To have it on disk all the same: --allow-disk",
  });
}

async function isInMemory(place: string): Promise<boolean> {
  try {
    const { type } = await statfs(place);
    return inMemory.has(type) && (await stat(place)).isDirectory();
  } catch {
    return false;
  }
}

async function makeFolder(place: string): Promise<MemoryFolder> {
  await removeAbandoned(place);
  let path: string;
  try {
    path = await mkdtemp(join(place, `${prefix}${process.pid}-`));
  } catch (cause) {
    throw new FlurryError("FLURRY_SECRETS_NO_TMPFS", `No folder can be made in ${place}`, { cause });
  }
  return {
    path,
    put: async (name, content) => {
      const file = join(path, name);
      const handle = await open(file, "wx", 0o600);
      try {
        await handle.writeFile(content);
      } finally {
        await handle.close();
      }
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** A process that was killed could not remove its folder. */
async function removeAbandoned(place: string): Promise<void> {
  for (const name of await readdir(place).catch(() => [])) {
    const pid = /^flurry-secrets-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const path = join(place, name);
    const owner = await stat(path)
      .then(({ uid }) => uid)
      .catch(() => undefined);
    if (owner === process.getuid?.()) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
