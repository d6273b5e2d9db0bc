import { quoted } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";

const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

/** One number with a unit each, from days down to seconds: `240s`, `5m`, `1h30m`. A plain number is seconds. */
export const durationPattern = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/;

/** The longest duration that makes sense here: more could not be told from a mistake. */
export const longestDurationMs: number = 7 * unitMs.d;

const hint = "write a number of seconds, or numbers with d, h, m or s: 240s, 5m, 1h30m";

/**
 * Reads a duration as people write it.
 *
 * @param value - `"240s"`, `"5m"`, `"1h30m"`, `"1d"`, or a whole number of seconds
 * @param longestMs - more than this is taken for a mistake
 * @returns milliseconds, or what is wrong
 */
export function parseDuration(
  value: string | number,
  longestMs: number = longestDurationMs,
): { readonly ok: true; readonly ms: number } | ({ readonly ok: false } & Complaint) {
  const match = durationPattern.exec(String(value));
  if (match === null) {
    return { ok: false, message: `${shown(value)} is not a duration`, hint: hintFor(value) };
  }
  const [, days, hours, minutes, seconds] = match;
  const ms =
    Number(days ?? 0) * unitMs.d +
    Number(hours ?? 0) * unitMs.h +
    Number(minutes ?? 0) * unitMs.m +
    Number(seconds ?? 0) * unitMs.s;
  if (ms > longestMs) {
    const longest = longestMs === longestDurationMs ? "seven days" : `${longestMs / unitMs.d} days`;
    return { ok: false, message: `${shown(value)} is longer than ${longest}`, hint };
  }
  return { ok: true, ms };
}

function shown(value: string | number): string {
  return typeof value === "string" ? quoted(value) : String(value);
}

function hintFor(value: string | number): string {
  if (/^\d+ms$/.test(String(value))) return "a second is the smallest unit: write 1s or more";
  if (/^\d*\.\d+/.test(String(value))) return "write whole numbers: 1m30s instead of 1.5m";
  return hint;
}

/**
 * A duration in its shortest form: `1h30m` for 5400000. The inverse of {@link parseDuration}.
 *
 * @param ms - whole seconds, in milliseconds
 */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = "";
  for (const [unit, size] of Object.entries(unitMs)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === "" ? "0s" : text;
}
