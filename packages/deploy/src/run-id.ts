import { randomBytes } from "node:crypto";

/**
 * A new name for a run: the time for people, and enough randomness that nobody can guess it:
 * `20261122T130501Z-3f9c2a7be01d4c55`.
 */
export function newRunId(now: Date): string {
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `${time}-${randomBytes(8).toString("hex")}`;
}
