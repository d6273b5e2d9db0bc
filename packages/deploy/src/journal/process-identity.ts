import { readFile } from "node:fs/promises";

import type { ProcessIdentity } from "./journal-header.ts";

/** Who a process of this machine is; undefined when there is none of that number, or it only waits to be reaped. */
export async function processIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const [stat, bootId] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    ]);
    // The second field is the program's name in parentheses, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return { pid, startedTicks: Number(fields[19]), bootId: bootId.trim() };
  } catch {
    return undefined;
  }
}

/** True when that very process is still at work on this machine. */
export async function isAlive({ pid, startedTicks, bootId }: ProcessIdentity): Promise<boolean> {
  const now = await processIdentity(pid);
  return now?.startedTicks === startedTicks && now.bootId === bootId;
}
