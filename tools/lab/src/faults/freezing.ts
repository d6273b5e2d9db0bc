import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { HostConsole } from "../host-console.ts";
import type { LabShell } from "../lab-shell.ts";

// Without a cgroup every process is stopped by itself: those of the host are those in the pid namespace of its init.
const signalAllScript = `
namespace=$(readlink "/proc/$2/ns/pid")
for process in /proc/[0-9]*; do
  [ "$(readlink "$process/ns/pid" 2> /dev/null)" != "$namespace" ] || kill "-$1" "\${process#/proc/}" 2> /dev/null
done
exit 0`;

/** Stops every process of a host at once, or lets them go on: a hung machine whose network card still answers. */
export async function setFrozen(shell: LabShell, console: HostConsole, state: "frozen" | "thawed"): Promise<void> {
  const cgroup = shell.cgroupOf(console.name);
  if (cgroup !== undefined) return await writeFile(join(cgroup, "cgroup.freeze"), state === "frozen" ? "1" : "0");
  const signal = state === "frozen" ? "STOP" : "CONT";
  await shell.check(["sh", "-c", signalAllScript, "sh", signal, String(await console.pidInLab())]);
}
