import type { FlurryError, StorePath } from "@flurry/core";

import type { HostFacts } from "../host/facts.ts";
import type { HostOutcome } from "../host/outcome.ts";

/**
 * What became of a host that was to be taken back and moved by itself: a reboot has ended a system that was only tested,
 * or someone else has deployed to it since, which is not undone. Undefined for one that is on the new system all the same.
 */
export function outcomeOfMoved(
  { current, profile }: Pick<HostFacts, "current" | "profile">,
  {
    candidate,
    before,
    error,
  }: { readonly candidate: StorePath; readonly before: StorePath; readonly error: FlurryError },
): HostOutcome | undefined {
  if (current === candidate || profile === candidate) return undefined;
  return { status: current === before ? "reverted" : "failed", after: current, failedUnits: [], error };
}
