import type { FlagParametersForType } from "@stricli/core";

import { globalFlags, word } from "./global-flags.ts";
import type { GlobalFlags } from "./global-flags.ts";
import type { CommandScope } from "./scope.ts";

/** Flags of every command on secrets. */
export interface SecretsFlags extends GlobalFlags {
  readonly identity?: readonly string[];
}

/** A flag that may be given several times. */
export const wordsFlag = (brief: string) =>
  ({ kind: "parsed", optional: true, variadic: true, parse: word, brief }) as const;

/** How stricli reads {@link SecretsFlags}. */
export const secretsFlags: FlagParametersForType<SecretsFlags, CommandScope> = {
  ...globalFlags,
  identity: wordsFlag("A file with private keys"),
};

/** Flags of `flurry secrets ls`. */
export type SecretsLsFlags = SecretsFlags;

/** Flags of `flurry secrets get`. */
export type SecretsGetFlags = SecretsFlags;
