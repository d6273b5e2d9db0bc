import { FlurryError } from "@flurry/core";

/** Processor time in milliseconds. */
export interface CpuTime {
  readonly userMs: number;
  readonly systemMs: number;
}

/**
 * Reads what the shell's `times` prints: its own times, and in the second line those of its children and of all that
 * these have waited for.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#times
 */
export function parseChildTimes(text: string): CpuTime {
  const [, children = ""] = text.split("\n");
  const [userMs, systemMs] = children.split(" ").map(milliseconds);
  if (userMs === undefined || systemMs === undefined)
    throw new FlurryError("FLURRY_INTERNAL", `the shell printed no times: ${JSON.stringify(text)}`);
  return { userMs, systemMs };
}

function milliseconds(text: string): number | undefined {
  const match = /^(\d+)m(\d+(?:[.,]\d+)?)s$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * 60_000 + Number(match[2]?.replace(",", ".")) * 1000;
}
