import type { LabHost } from "@flurry/lab";

/** On a disk of its own, as on most machines, the records of runs are beside the store: both are full at the same time. */
export async function moveRecords(host: LabHost): Promise<void> {
  if (host.spec.storeSizeMiB === undefined) return;
  // Relative, so that it leads there from outside of the host as well.
  await host.output("mkdir -p -m 700 /nix/var/flurry && ln -s ../../nix/var/flurry /var/lib/flurry");
}
