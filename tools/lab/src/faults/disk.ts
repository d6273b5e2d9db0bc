import type { HostConsole } from "../host-console.ts";
import type { HostSpec } from "../host-options.ts";
import { LabError } from "../lab-error.ts";

const filler = "/nix/.lab-filler";

// While a host boots, what is at /nix is not its own disk yet: to fill that would fill the disk of this machine.
const fillScript = `
set -e
size=$(df --output=size --block-size=1 /nix | tail -n 1)
[ "$size" -le "$3" ] || { echo "the host's own disk is not mounted" >&2; exit 1; }
rm -f "$1"
available=$(df --output=avail --block-size=1 /nix | tail -n 1)
size=$((available - $2))
[ $size -le 0 ] || fallocate --length $size "$1"`;

/** Fills the host's /nix up to a remainder in bytes. Needs a host with `storeSizeMiB`. */
export async function fillDisk(console: HostConsole, spec: HostSpec, leaveBytes: number): Promise<void> {
  if (spec.storeSizeMiB === undefined)
    throw new LabError("LAB_UNSUPPORTED", `${spec.name} shares its disk with the whole lab`, {
      hint: "Give the host a disk of its own: { storeSizeMiB: 60 }.",
    });
  const ownBytes = spec.storeSizeMiB * 1024 * 1024;
  await console.output(["sh", "-c", fillScript, "sh", filler, String(leaveBytes), String(ownBytes)]);
}

/** Takes away what {@link fillDisk} wrote. */
export async function freeDisk(console: HostConsole): Promise<void> {
  await console.output(["rm", "-f", filler]);
}
