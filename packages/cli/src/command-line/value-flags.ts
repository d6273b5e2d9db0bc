import { wholeNumber } from "./nix-flags.ts";

/** Parses a duration with a unit to milliseconds; a plain number is seconds. */
async function durationMs(flag: string, input: string, longestMs?: number): Promise<number> {
  const { parseDuration } = await import("@flurry/schema");
  const parsed = parseDuration(input, longestMs);
  // Of what an asynchronous parser throws, stricli does not tell the flag.
  if (!parsed.ok) throw new Error(`${flag}: ${[parsed.message, parsed.hint].join("; ")}`);
  return parsed.ms;
}

/** How many at the same time. */
export const parallelFlag = (brief: string) =>
  ({ kind: "parsed", optional: true, parse: wholeNumber(1), brief }) as const;

/** Ten years: ages are not deadlines. */
const longestAgeMs = 3650 * 86_400_000;

/** How old something may be. */
export const ageFlag = (flag: string, brief: string) =>
  ({ kind: "parsed", optional: true, parse: (input: string) => durationMs(flag, input, longestAgeMs), brief }) as const;

/** How long something may take. */
export const durationFlag = (flag: string, brief: string) =>
  ({ kind: "parsed", optional: true, parse: (input: string) => durationMs(flag, input), brief }) as const;

/** True or false, as deploy-rs spells it. */
export const truthFlag = (brief: string) =>
  ({ kind: "enum", values: ["true", "false"], optional: true, brief }) as const;
