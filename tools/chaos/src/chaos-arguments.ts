import { parseArgs } from "node:util";

import { FlurryError } from "@flurry/core";

/** What to run. */
export type ChaosCommand =
  | { readonly kind: "help" }
  | {
      readonly kind: "run";
      readonly rounds: number;
      /** The first round; rounds before it are left out. */
      readonly from: number;
      readonly seed: number;
      readonly hosts: number;
      readonly init: "systemd" | "mini" | "mixed";
      /** Where the results are written to as JSON. */
      readonly report: string | undefined;
      readonly stop: boolean;
      readonly keep: boolean;
    };

/** The text of `chaos --help`. */
export const chaosHelp = `Random faults at random moments of random deployments, and after each round the promise is checked on every host.

Usage: npm run chaos -- --rounds N [--seed S] [--from N] [--hosts 12] [--init mixed] [--report FILE.json] [--stop] [--keep]

--rounds N     how many rounds; a round deploys to all hosts of one lab at the same time
--seed S       repeats the choices of a run that had this seed; the timing is the machine's. Default: a new one
--from N       begins with round N of the seed
--hosts N      how many hosts the lab has. Default: 12
--init KIND    systemd, mini, or mixed: every other host. Default: mixed
--report FILE  writes counts and violations as JSON
--stop         ends at the first violation
--keep         with --stop: leaves the lab up to look at, until Ctrl-C
`;

/**
 * Reads the command line.
 *
 * @param newSeed - the seed where none is given
 * @throws FlurryError FLURRY_USAGE
 */
export function chaosArguments(words: readonly string[], newSeed: number): ChaosCommand {
  const values = parse(words);
  if (values.help === true || values.rounds === undefined) return { kind: "help" };
  const { report, init = "mixed" } = values;
  if (init !== "systemd" && init !== "mini" && init !== "mixed")
    throw usage(`--init is systemd, mini or mixed, not ${JSON.stringify(init)}`);
  return {
    kind: "run",
    rounds: wholeNumber("--rounds", values.rounds, { from: 1, to: 100_000 }),
    from: wholeNumber("--from", values.from ?? "0", { from: 0, to: 100_000 }),
    seed: wholeNumber("--seed", values.seed ?? String(newSeed), { from: 0, to: 2 ** 32 - 1 }),
    hosts: wholeNumber("--hosts", values.hosts ?? "12", { from: 1, to: 40 }),
    init,
    report,
    stop: values.stop ?? false,
    keep: values.keep ?? false,
  };
}

function parse(words: readonly string[]): ReturnType<typeof parseArgs<typeof options>>["values"] {
  try {
    return parseArgs({ ...options, args: [...words] }).values;
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

const options = {
  options: {
    rounds: { type: "string" },
    seed: { type: "string" },
    from: { type: "string" },
    hosts: { type: "string" },
    init: { type: "string" },
    report: { type: "string" },
    stop: { type: "boolean" },
    keep: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
} as const;

function wholeNumber(flag: string, word: string, { from, to }: { readonly from: number; readonly to: number }): number {
  if (!/^\d{1,10}$/.test(word) || Number(word) < from || Number(word) > to)
    throw usage(`${flag} takes a whole number from ${from} to ${to}, not ${JSON.stringify(word)}`);
  return Number(word);
}

function usage(message: string): FlurryError {
  return new FlurryError("FLURRY_USAGE", message, { hint: "See: npm run chaos -- --help" });
}
