import { randomBytes } from "node:crypto";

import { FlurryError } from "@flurry/core";

/**
 * A new name for a run: the time for people and for the order of runs, to the millisecond, and enough randomness that nobody
 * can guess it: `20261122T130501042Z-3f9c2a7be01d4c55`.
 */
export function newRunId(now: Date): string {
  const time = now.toISOString().replaceAll(/[-:.]/g, "");
  return `${time}-${randomBytes(8).toString("hex")}`;
}

/**
 * Refuses what cannot be the id of a run: it names files here and files and units on hosts.
 *
 * @throws FlurryError FLURRY_RUN_ID_INVALID
 */
export function checkRunId(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/.test(text)) return text;
  throw new FlurryError("FLURRY_RUN_ID_INVALID", `${JSON.stringify(text.slice(0, 100))} is not the id of a run`, {
    hint: "The id of a run looks like 20261122T130501042Z-3f9c2a7be01d4c55.",
  });
}
