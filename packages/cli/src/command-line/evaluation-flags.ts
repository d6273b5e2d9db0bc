import { FlurryError } from "@flurry/core";
import type { EvaluateOptions } from "@flurry/nix";
import type { FlagParametersForType } from "@stricli/core";

import { switchFlag } from "./global-flags.ts";
import type { CommandScope } from "./scope.ts";

/** Flags of every command that evaluates. */
export interface EvaluationFlags {
  readonly noEvalCache?: boolean;
  readonly refresh?: boolean;
  readonly verify?: boolean;
}

/** How stricli reads those of {@link EvaluationFlags} that every command that evaluates has. */
export const evaluationFlags: FlagParametersForType<Omit<EvaluationFlags, "verify">, CommandScope> = {
  noEvalCache: switchFlag("Neither use nor keep what evaluations came to"),
  refresh: switchFlag("Evaluate every host, whatever is remembered of it"),
};

/** What the flags say of how to evaluate. */
export type EvaluationChoice = Required<Pick<EvaluateOptions, "cache" | "verify">>;

/**
 * The flags as options of an evaluation.
 *
 * @throws FlurryError FLURRY_USAGE when they contradict each other
 */
export function evaluationChoiceOf({ noEvalCache, refresh, verify = false }: EvaluationFlags): EvaluationChoice {
  if (noEvalCache === true && refresh === true)
    throw new FlurryError("FLURRY_USAGE", "--no-eval-cache and --refresh exclude each other", {
      hint: "--refresh evaluates every host and remembers the results, --no-eval-cache remembers nothing",
    });
  if (noEvalCache === true && verify)
    throw new FlurryError("FLURRY_USAGE", "--no-eval-cache and --verify exclude each other", {
      hint: "--verify proves what is remembered; with --no-eval-cache nothing is",
    });
  return { cache: noEvalCache === true ? "off" : refresh === true ? "refresh" : "use", verify };
}
