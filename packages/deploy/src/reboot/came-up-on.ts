import type { StorePath } from "@flurry/core";

import type { HostFacts } from "../host/facts.ts";

/** What a host that was asked to reboot runs once it is back, and what a run makes of it. */
export type CameUpOn = "candidate" | "before" | "another";

/**
 * Tells a host that fell back to its old system from one that another operator has taken elsewhere since.
 *
 * A boot that falls back leaves the profile at what was to be booted, runs what it booted, and locks nothing. Somebody
 * else's deployment holds the lock while it tries a system that nobody has booted, and leaves another generation behind.
 *
 * @param asked - the system that it was to boot, and the profile's generation as it was asked to
 */
export function cameUpOn(
  { current, booted = current, generation, lock }: Pick<HostFacts, "current" | "booted" | "generation" | "lock">,
  asked: { readonly candidate: StorePath; readonly generation: number | undefined },
): CameUpOn {
  if (current === asked.candidate) return "candidate";
  return lock === undefined && booted === current && generation === asked.generation ? "before" : "another";
}
