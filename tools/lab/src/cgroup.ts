import { randomBytes } from "node:crypto";
import { access, constants, mkdir, readFile, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";

/** Where cgroup2 is mounted, from /proc/mounts. */
export function cgroupMount(mounts: string): string | undefined {
  return mounts
    .split("\n")
    .map((line) => line.split(" "))
    .find((fields) => fields[2] === "cgroup2")?.[1];
}

/** The path of this process in the cgroup2 hierarchy, from /proc/self/cgroup. */
export function ownCgroup(text: string): string | undefined {
  return /^0::(.*)$/m.exec(text)?.[1];
}

/**
 * Makes a cgroup2 directory for the lab, below which every host gets its own: real systemd needs one, and a host is
 * frozen by it.
 *
 * @returns undefined where this user may not make one
 */
export async function makeCgroup(labDirectory: string): Promise<string | undefined> {
  const [mounts, own] = await Promise.all([
    readFile("/proc/mounts", "utf8"),
    readFile("/proc/self/cgroup", "utf8").catch(() => ""),
  ]);
  const base = cgroupMount(mounts);
  if (base === undefined) return undefined;
  const name = `flurry-lab-${basename(labDirectory)}-${randomBytes(4).toString("hex")}`;
  for (const parent of [base, join(base, ownCgroup(own) ?? "/")]) {
    const directory = join(parent, name);
    try {
      await mkdir(directory, { recursive: true });
      await access(join(directory, "cgroup.procs"), constants.W_OK);
      return directory;
    } catch {
      // Not ours to write; the next may be.
    }
  }
  return undefined;
}

/** Removes a cgroup2 directory in which nothing runs. */
export async function removeCgroup(directory: string): Promise<void> {
  await rmdir(directory).catch(() => {});
}
