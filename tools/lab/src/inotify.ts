import { readFile, writeFile } from "node:fs/promises";

/** Where the kernel says how many inotify instances one user may have. */
const limitFile = "/proc/sys/fs/inotify/max_user_instances";

/**
 * The systemd of each host holds three, and those of all labs count for the same user: the usual 128 are used up by some
 * forty hosts, and the next one does not boot.
 */
const enough = 2048;

/**
 * Lets many hosts with systemd run at the same time, until the machine's next boot. The limit is never lowered, and stays
 * as it is where it is somebody else's to raise.
 */
export async function raiseInotifyLimit(file: string = limitFile): Promise<void> {
  try {
    if (Number(await readFile(file, "utf8")) < enough) await writeFile(file, `${enough}\n`);
  } catch {
    // Not root, or a container: as many hosts as there are instances boot all the same.
  }
}
