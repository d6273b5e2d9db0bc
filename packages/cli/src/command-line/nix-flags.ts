import type { FlagParametersForType } from "@stricli/core";

import { wordFlag } from "./global-flags.ts";
import type { CommandScope } from "./scope.ts";

/** Flags that are handed on to Nix. */
export interface NixFlags {
  readonly maxJobs?: string;
  readonly cores?: number;
  readonly builders?: string;
  readonly option?: readonly (readonly [name: string, value: string])[];
}

/** Parses a whole number of at least `minimum`. */
export function wholeNumber(minimum: number): (input: string) => number {
  return (input) => {
    if (!/^\d{1,9}$/.test(input) || Number(input) < minimum)
      throw new Error(`"${input}" is not a whole number of at least ${minimum}`);
    return Number(input);
  };
}

function maxJobs(input: string): string {
  return input === "auto" ? input : String(wholeNumber(0)(input));
}

function nixOption(input: string): readonly [string, string] {
  const equals = input.indexOf("=");
  if (equals < 1) throw new Error("it takes two words: --option NAME VALUE");
  return [input.slice(0, equals), input.slice(equals + 1)];
}

/** How stricli reads {@link NixFlags}. */
export const nixFlags: FlagParametersForType<NixFlags, CommandScope> = {
  maxJobs: { kind: "parsed", optional: true, parse: maxJobs, brief: "How many derivations to build at a time" },
  cores: { kind: "parsed", optional: true, parse: wholeNumber(0), brief: "How many cores one build may use" },
  builders: wordFlag("Remote builders"),
  option: { kind: "parsed", optional: true, variadic: true, parse: nixOption, brief: "An option of nix.conf" },
};

/** The flags as options of nix.conf. */
export function nixOptionsOf(flags: NixFlags): readonly (readonly [name: string, value: string])[] {
  return [
    ...(flags.maxJobs === undefined ? [] : [["max-jobs", flags.maxJobs] as const]),
    ...(flags.cores === undefined ? [] : [["cores", String(flags.cores)] as const]),
    ...(flags.builders === undefined ? [] : [["builders", flags.builders] as const]),
    ...(flags.option ?? []),
  ];
}
