import type { FleetEvent } from "@flurry/core";
import type { FleetLab } from "@flurry/lab";

import type { Story } from "./story.ts";

/** Checks over SSH and on the host's console that it is reachable, runs a system and boots the same. */
export async function checkConfirmed(
  story: Story,
  fleet: FleetLab,
  name: string,
  system: string | undefined,
): Promise<void> {
  const host = fleet.host(name);
  const reached = await fleet.exec(["ssh", "-F", fleet.lab.sshConfigFile, name, "readlink -f /run/current-system"]);
  const runs = reached.stdout.trim();
  const boots = await host.output("cat /boot/lab-default");
  const open = await host.output("ls /run/flurry 2>/dev/null; ls /nix/var/nix/gcroots | grep flurry; true");
  const isTrue = reached.exitCode === 0 && system !== undefined && runs === system && boots === system && open === "";
  story.fact(`${name} is reachable, runs ${short(system)} and boots it; nothing of the run is left on it`, isTrue, {
    reached,
    system,
    boots,
    open,
  });
}

/** True when every host's activation had begun before the first had ended. */
export function wereAtTheSameTime(events: readonly FleetEvent[]): boolean {
  const started = events.flatMap((event) =>
    event.kind === "stage-started" && event.stage === "try" ? [event.at] : [],
  );
  const finished = events.flatMap((event) =>
    event.kind === "stage-finished" && event.stage === "try" ? [event.at] : [],
  );
  return started.length > 1 && Math.max(...started) < Math.max(...finished);
}

/** The first characters of a system's hash, as people tell systems apart. */
function short(system: string | undefined): string {
  return system?.slice("/nix/store/".length, "/nix/store/".length + 8) ?? "nothing";
}
