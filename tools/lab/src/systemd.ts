import { access } from "node:fs/promises";

/** Why hosts cannot boot real systemd on this machine; undefined when they can. */
export async function systemdProblem(cgroup: string | undefined): Promise<string | undefined> {
  if (cgroup === undefined)
    return "there is no cgroup2 directory to write to; as a user, run under systemd-run --user --scope -p Delegate=yes";
  for (const program of ["/usr/lib/systemd/systemd", "/usr/bin/dbus-daemon"]) {
    const there = await access(program).then(
      () => true,
      () => false,
    );
    if (!there) return `${program} is not installed`;
  }
  return undefined;
}
