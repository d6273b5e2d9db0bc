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
      /** Hosts of each fleet. */
      readonly hosts: number;
      /** How many fleets run rounds side by side. */
      readonly fleets: number;
      readonly init: "systemd" | "mini" | "mixed";
      /** Where the results are written to as JSON. */
      readonly report: string | undefined;
      /** Goes on with the campaign of the report. */
      readonly goOn: boolean;
      readonly stop: boolean;
      readonly keep: boolean;
    };

/** The text of `chaos --help`. */
export const chaosHelp = `Random faults at random moments of random deployments, and after each round the promise is checked on every host.

Usage: npm run chaos -- --rounds N [--seed S] [--from N] [--fleets 4] [--hosts 3] [--init mixed]
       [--report FILE.json] [--go-on] [--stop] [--keep]

--rounds N     how many rounds; a round deploys to the hosts of one fleet at the same time
--seed S       repeats the choices of a run that had this seed; the timing is the machine's. Default: a new one
--from N       begins with round N of the seed
--fleets N     how many fleets run rounds side by side, each with a lab of its own. Default: 4
--hosts N      how many hosts a fleet has. Default: 3
--init KIND    systemd, mini, or mixed: every other host. Default: mixed
--report FILE  writes rounds, counts and violations as JSON, after every round
--go-on        goes on with the campaign that the report is of: its seed, its hosts, the rounds that are left
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
  const { report, stop = false, keep = false } = values;
  if (values["go-on"] === true && report === undefined) throw usage("--go-on needs the --report to go on with");
  return {
    kind: "run",
    rounds: wholeNumber("--rounds", values.rounds, { from: 1, to: 100_000 }),
    from: wholeNumber("--from", values.from ?? "0", { from: 0, to: 100_000 }),
    seed: wholeNumber("--seed", values.seed ?? String(newSeed), { from: 0, to: 2 ** 32 - 1 }),
    hosts: wholeNumber("--hosts", values.hosts ?? "3", { from: 1, to: 40 }),
    fleets: wholeNumber("--fleets", values.fleets ?? "4", { from: 1, to: 16 }),
    init: initOf(values.init ?? "mixed"),
    report,
    goOn: values["go-on"] ?? false,
    stop,
    keep,
  };
}

function initOf(init: string): "systemd" | "mini" | "mixed" {
  if (init === "systemd" || init === "mini" || init === "mixed") return init;
  throw usage(`--init is systemd, mini or mixed, not ${JSON.stringify(init)}`);
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
    fleets: { type: "string" },
    init: { type: "string" },
    report: { type: "string" },
    "go-on": { type: "boolean" },
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
