import type { FlagParametersForType } from "@stricli/core";

import { evaluationFlags } from "./evaluation-flags.ts";
import type { EvaluationFlags } from "./evaluation-flags.ts";
import { globalFlags, switchFlag, wordsFlag } from "./global-flags.ts";
import type { GlobalFlags } from "./global-flags.ts";
import { nixFlags } from "./nix-flags.ts";
import type { NixFlags } from "./nix-flags.ts";
import type { CommandScope } from "./scope.ts";

/** Flags of `flurry check`. */
export interface CheckFlags extends GlobalFlags, NixFlags, Omit<EvaluationFlags, "verify"> {
  readonly noEval?: boolean;
  readonly fix?: boolean;
  readonly dryRun?: boolean;
  readonly sarif?: boolean;
  readonly rules?: boolean;
}

/** How stricli reads {@link CheckFlags}. */
export const checkFlags: FlagParametersForType<CheckFlags, CommandScope> = {
  ...globalFlags,
  ...nixFlags,
  ...evaluationFlags,
  noEval: switchFlag("Do not evaluate the hosts"),
  fix: switchFlag("Repair what is safe to repair"),
  dryRun: switchFlag("Say what --fix would do"),
  sarif: switchFlag("Print a SARIF log"),
  rules: switchFlag("List the rules"),
};

/** Flags of `flurry import`. */
export interface ImportFlags extends GlobalFlags {
  readonly only?: readonly string[];
  readonly dryRun?: boolean;
}

/** How stricli reads {@link ImportFlags}. */
export const importFlags: FlagParametersForType<ImportFlags, CommandScope> = {
  ...globalFlags,
  only: wordsFlag("Take only these hosts"),
  dryRun: switchFlag("Show what would be written"),
};
