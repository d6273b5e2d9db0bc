import type { SopsFormat } from "@flurry/secrets";
import type { FlagParametersForType } from "@stricli/core";

import { globalFlags, switchFlag, word, wordFlag } from "./global-flags.ts";
import type { GlobalFlags } from "./global-flags.ts";
import type { CommandScope } from "./scope.ts";

/** Flags of every command on secrets. */
export interface SecretsFlags extends GlobalFlags {
  readonly identity?: readonly string[];
}

/** The format of a file whose name does not tell it. */
export interface FormatFlags {
  readonly inputType?: SopsFormat;
}

/** For whom a new file is encrypted, and what of it. */
export interface RecipientFlags {
  readonly age?: readonly string[];
  readonly pgp?: readonly string[];
  readonly armor?: boolean;
  readonly encryptedSuffix?: string;
  readonly unencryptedSuffix?: string;
  readonly encryptedRegex?: string;
  readonly unencryptedRegex?: string;
  readonly encryptedCommentRegex?: string;
  readonly unencryptedCommentRegex?: string;
  readonly macOnlyEncrypted?: boolean;
}

interface DryRunFlags {
  readonly dryRun?: boolean;
}

/** Flags of `flurry secrets get`. */
export interface SecretsGetFlags extends SecretsFlags, FormatFlags {}

/** Flags of `flurry secrets set`. */
export interface SecretsSetFlags extends SecretsFlags, FormatFlags, RecipientFlags, DryRunFlags {
  readonly fromFile?: string;
  readonly jsonValue?: boolean;
  readonly raw?: boolean;
}

/** Flags of `flurry secrets unset`. */
export interface SecretsUnsetFlags extends SecretsFlags, FormatFlags, DryRunFlags {
  readonly idempotent?: boolean;
}

/** Flags of `flurry secrets edit`. */
export interface SecretsEditFlags extends SecretsFlags, FormatFlags, RecipientFlags {
  readonly allowDisk?: boolean;
}

/** Flags of `flurry secrets encrypt`. */
export interface SecretsEncryptFlags extends SecretsFlags, FormatFlags, RecipientFlags, DryRunFlags {
  readonly output?: string;
  readonly inPlace?: boolean;
  readonly filenameOverride?: string;
}

/** Flags of `flurry secrets decrypt`. */
export interface SecretsDecryptFlags extends SecretsFlags, FormatFlags, DryRunFlags {
  readonly outputType?: SopsFormat;
  readonly output?: string;
  readonly inPlace?: boolean;
  readonly extract?: string;
}

/** Flags of `flurry secrets keygen`. */
export interface SecretsKeygenFlags extends SecretsFlags, DryRunFlags {
  readonly output?: string;
  readonly postQuantum?: boolean;
  readonly passphrase?: boolean;
}

/** Flags of `flurry secrets exec-env`. */
export interface SecretsExecEnvFlags extends SecretsFlags, FormatFlags {
  readonly pristine?: boolean;
}

/** Flags of `flurry secrets exec-file`. */
export interface SecretsExecFileFlags extends SecretsFlags, FormatFlags {
  readonly filename?: string;
  readonly allowDisk?: boolean;
  readonly noFifo?: boolean;
}

/** Flags of `flurry secrets git-setup`. */
export interface SecretsGitSetupFlags extends SecretsFlags, DryRunFlags {
  readonly program?: string;
}

/** A flag that may be given several times. */
const wordsFlag = (brief: string) => ({ kind: "parsed", optional: true, variadic: true, parse: word, brief }) as const;

const formatFlag = (brief: string) =>
  ({ kind: "enum", values: ["yaml", "json", "dotenv", "ini", "binary"], optional: true, brief }) as const;

/** How stricli reads {@link SecretsFlags}. */
export const secretsFlags: FlagParametersForType<SecretsFlags, CommandScope> = {
  ...globalFlags,
  identity: wordsFlag("A file with private keys"),
};

const formatFlags: FlagParametersForType<FormatFlags, CommandScope> = {
  inputType: formatFlag("The format of the file"),
};

const recipientFlags: FlagParametersForType<RecipientFlags, CommandScope> = {
  age: wordsFlag("Recipients of age"),
  pgp: wordsFlag("Fingerprints of PGP keys"),
  armor: switchFlag("Write an age file as text"),
  encryptedSuffix: wordFlag("Encrypt what has keys with that ending"),
  unencryptedSuffix: wordFlag("Encrypt all but what has keys with that ending"),
  encryptedRegex: wordFlag("Encrypt what has keys that match"),
  unencryptedRegex: wordFlag("Encrypt all but what has keys that match"),
  encryptedCommentRegex: wordFlag("Encrypt what stands below comments that match"),
  unencryptedCommentRegex: wordFlag("Encrypt all but what stands below comments that match"),
  macOnlyEncrypted: switchFlag("Let the MAC cover encrypted values only"),
};

const dryRunFlags: FlagParametersForType<DryRunFlags, CommandScope> = {
  dryRun: switchFlag("Say what would be written and write nothing"),
};

/** How stricli reads {@link SecretsGetFlags}. */
export const secretsGetFlags: FlagParametersForType<SecretsGetFlags, CommandScope> = {
  ...secretsFlags,
  ...formatFlags,
};

/** How stricli reads {@link SecretsSetFlags}. */
export const secretsSetFlags: FlagParametersForType<SecretsSetFlags, CommandScope> = {
  ...secretsFlags,
  ...formatFlags,
  ...recipientFlags,
  ...dryRunFlags,
  fromFile: wordFlag("Take the value from a file"),
  jsonValue: switchFlag("The value is JSON"),
  raw: switchFlag("Keep a line feed at the end of the value"),
};

/** How stricli reads {@link SecretsUnsetFlags}. */
export const secretsUnsetFlags: FlagParametersForType<SecretsUnsetFlags, CommandScope> = {
  ...secretsFlags,
  ...formatFlags,
  ...dryRunFlags,
  idempotent: switchFlag("It is no error when there is no such value"),
};

/** How stricli reads {@link SecretsEditFlags}. */
export const secretsEditFlags: FlagParametersForType<SecretsEditFlags, CommandScope> = {
  ...secretsFlags,
  ...formatFlags,
  ...recipientFlags,
  allowDisk: switchFlag("Edit on disk where there is no tmpfs"),
};

/** How stricli reads {@link SecretsEncryptFlags}. */
export const secretsEncryptFlags: FlagParametersForType<SecretsEncryptFlags, CommandScope> = {
  ...secretsFlags,
  ...formatFlags,
  ...recipientFlags,
  ...dryRunFlags,
  output: wordFlag("Where to write the encrypted file"),
  inPlace: switchFlag("Write the encrypted file in the place of the one in clear"),
  filenameOverride: wordFlag("The name that rules and formats go by"),
};

/** How stricli reads {@link SecretsDecryptFlags}. */
export const secretsDecryptFlags: FlagParametersForType<SecretsDecryptFlags, CommandScope> = {
  ...secretsFlags,
  ...formatFlags,
  ...dryRunFlags,
  output: wordFlag("Where to write the file in clear"),
  inPlace: switchFlag("Write the file in clear in the place of the encrypted one"),
  extract: wordFlag("Only the value at that path"),
  outputType: formatFlag("The format to write"),
};

/** How stricli reads {@link SecretsKeygenFlags}. */
export const secretsKeygenFlags: FlagParametersForType<SecretsKeygenFlags, CommandScope> = {
  ...secretsFlags,
  ...dryRunFlags,
  output: wordFlag("Where to write the private key"),
  postQuantum: switchFlag("A key that stands against quantum computers"),
  passphrase: switchFlag("Protect the key file with a passphrase"),
};

/** How stricli reads {@link SecretsExecEnvFlags}. */
export const secretsExecEnvFlags: FlagParametersForType<SecretsExecEnvFlags, CommandScope> = {
  ...secretsFlags,
  ...formatFlags,
  pristine: switchFlag("Nothing but the values of the file in the environment"),
};

/** How stricli reads {@link SecretsExecFileFlags}. */
export const secretsExecFileFlags: FlagParametersForType<SecretsExecFileFlags, CommandScope> = {
  ...secretsFlags,
  ...formatFlags,
  filename: wordFlag("The name of the file in clear"),
  noFifo: switchFlag("Give the command a file in memory instead of a named pipe"),
  allowDisk: switchFlag("Write on disk where there is no tmpfs"),
};

/** How stricli reads {@link SecretsGitSetupFlags}. */
export const secretsGitSetupFlags: FlagParametersForType<SecretsGitSetupFlags, CommandScope> = {
  ...secretsFlags,
  ...dryRunFlags,
  program: wordFlag("How git is to call Flurry"),
};
