import type { LabHost } from "../host.ts";

/**
 * Locks, timers, units, pins and processes of Flurry on a host, and records without a verdict, a line each. A verdict is
 * told before the step that gave it has cleared up and ended: hosts have some seconds for that. The record of a run that
 * never began is no leftover in the boot that it is of: a deployer that was killed may have begun it at its last moment,
 * and a command forgets it once its lease is over.
 */
export async function leftovers(host: LabHost): Promise<readonly string[]> {
  const text = await host.output(`
    never_began() {
      ! ls "$1" | grep -q ^token && [ "$(cat "$1/boot" 2>/dev/null)" = "$(cat /proc/sys/kernel/random/boot_id)" ]
    }
    list() {
      ls /run/flurry 2>/dev/null
      ls /nix/var/nix/gcroots | grep flurry
      systemctl list-units --all --plain --no-legend 2>/dev/null | grep '^flurry-'
      ps -eo args= | grep '[s]upervisor[.]sh'
      for run in /var/lib/flurry/runs/*; do [ ! -d "$run" ] || [ -s "$run/verdict" ] || never_began "$run" || echo "open: $run"; done
      ls -d /var/lib/flurry/runs/*/.[a-z]* 2>/dev/null
    }
    end=$(($(date +%s) + 20))
    left=$(list)
    while [ -n "$left" ] && [ "$(date +%s)" -lt "$end" ]; do
      sleep 0.25
      left=$(list)
    done
    printf '%s\\n' "$left"`);
  return text.split("\n").filter((line) => line !== "");
}
