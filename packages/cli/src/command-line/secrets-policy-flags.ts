import type { FlagParametersForType } from "@stricli/core";

import { switchFlag, wordFlag, wordsFlag } from "./global-flags.ts";
import type { CommandScope } from "./scope.ts";
import { secretsFlags } from "./secrets-flags.ts";
import type { SecretsFlags } from "./secrets-flags.ts";

/** Flags of `flurry secrets matrix`. */
export interface SecretsMatrixFlags extends SecretsFlags {
  readonly csv?: boolean;
}

/** Flags of `flurry secrets check`. */
export interface SecretsCheckFlags extends SecretsFlags {
  readonly strict?: boolean;
}

/** Flags of `flurry secrets rekey`. */
export interface SecretsRekeyFlags extends SecretsFlags {
  readonly plan?: boolean;
  readonly dryRun?: boolean;
  readonly keepDataKey?: boolean;
  readonly unknown?: boolean;
}

/** Flags of `flurry secrets rotate`. */
export interface SecretsRotateFlags extends SecretsFlags {
  readonly dryRun?: boolean;
}

/** Flags of `flurry secrets add-host`. */
export interface SecretsAddHostFlags extends SecretsFlags {
  readonly key?: string;
  readonly keyFile?: string;
  readonly scan?: string;
  readonly file?: readonly string[];
  readonly like?: string;
  readonly replace?: boolean;
  readonly dryRun?: boolean;
}

/** Flags of `flurry secrets revoke`. */
export interface SecretsRevokeFlags extends SecretsFlags {
  readonly dryRun?: boolean;
}

const dryRun = switchFlag("Say what would be written and write nothing");

/** How stricli reads {@link SecretsMatrixFlags}. */
export const secretsMatrixFlags: FlagParametersForType<SecretsMatrixFlags, CommandScope> = {
  ...secretsFlags,
  csv: switchFlag("Print the matrix as CSV"),
};

/** How stricli reads {@link SecretsCheckFlags}. */
export const secretsCheckFlags: FlagParametersForType<SecretsCheckFlags, CommandScope> = {
  ...secretsFlags,
  strict: switchFlag("Fail on warnings as well"),
};

/** How stricli reads {@link SecretsRekeyFlags}. */
export const secretsRekeyFlags: FlagParametersForType<SecretsRekeyFlags, CommandScope> = {
  ...secretsFlags,
  plan: switchFlag("Say what would be done; no key is needed"),
  dryRun,
  keepDataKey: switchFlag("Keep the data key of files that lose a reader"),
  unknown: switchFlag("Key age files anew of which nobody can tell"),
};

/** How stricli reads {@link SecretsRotateFlags}. */
export const secretsRotateFlags: FlagParametersForType<SecretsRotateFlags, CommandScope> = { ...secretsFlags, dryRun };

/** How stricli reads {@link SecretsAddHostFlags}. */
export const secretsAddHostFlags: FlagParametersForType<SecretsAddHostFlags, CommandScope> = {
  ...secretsFlags,
  key: wordFlag("The public key of the host"),
  keyFile: wordFlag("A file with the public key of the host"),
  scan: wordFlag("Ask the host at that address for its key"),
  file: wordsFlag("A file that the host is to read"),
  like: wordFlag("A host whose files it is to read as well"),
  replace: switchFlag("The host has another key than before"),
  dryRun,
};

/** How stricli reads {@link SecretsRevokeFlags}. */
export const secretsRevokeFlags: FlagParametersForType<SecretsRevokeFlags, CommandScope> = { ...secretsFlags, dryRun };
