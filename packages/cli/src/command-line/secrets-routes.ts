import { buildCommand } from "@stricli/core";

import { globalAliases, word } from "./global-flags.ts";
import type { CommandScope } from "./scope.ts";
import * as flags from "./secrets-flags.ts";
import { secretsPolicyRoutes } from "./secrets-policy-routes.ts";

const aliases = { ...globalAliases, i: "identity" } as const;

const file = { brief: "A file", placeholder: "FILE", parse: word } as const;
const path = { brief: "The way to a value", placeholder: "PATH", parse: word } as const;
const shellText = { brief: "A command for the shell", placeholder: "CMD", parse: word, optional: true } as const;
const files = { kind: "array", parameter: { brief: "Files or folders", placeholder: "FILE", parse: word } } as const;
const oneFile = { kind: "tuple", parameters: [file] } as const;
const fileAndMaybePath = { kind: "tuple", parameters: [file, { ...path, optional: true }] } as const;

/** Every command of `flurry secrets`, in the order of the help. */
export const secretsRoutes = {
  ls: buildCommand<flags.SecretsFlags, readonly string[], CommandScope>({
    loader: async () => (await import("../commands/secrets/ls.ts")).ls,
    parameters: { flags: flags.secretsFlags, aliases, positional: files },
    docs: { brief: "Encrypted files, and what is in one" },
  }),
  get: buildCommand<flags.SecretsGetFlags, [string, string?], CommandScope>({
    loader: async () => (await import("../commands/secrets/get.ts")).get,
    parameters: { flags: flags.secretsGetFlags, aliases, positional: fileAndMaybePath },
    docs: { brief: "One value, or a file in clear" },
  }),
  set: buildCommand<flags.SecretsSetFlags, [string, string?], CommandScope>({
    loader: async () => (await import("../commands/secrets/set.ts")).set,
    parameters: { flags: flags.secretsSetFlags, aliases, positional: fileAndMaybePath },
    docs: { brief: "Put a value into a file" },
  }),
  unset: buildCommand<flags.SecretsUnsetFlags, [string, string], CommandScope>({
    loader: async () => (await import("../commands/secrets/unset.ts")).unset,
    parameters: { flags: flags.secretsUnsetFlags, aliases, positional: { kind: "tuple", parameters: [file, path] } },
    docs: { brief: "Take a value out of a file" },
  }),
  edit: buildCommand<flags.SecretsEditFlags, [string], CommandScope>({
    loader: async () => (await import("../commands/secrets/edit.ts")).edit,
    parameters: { flags: flags.secretsEditFlags, aliases, positional: oneFile },
    docs: { brief: "Edit a file, in clear only in memory" },
  }),
  encrypt: buildCommand<flags.SecretsEncryptFlags, [string], CommandScope>({
    loader: async () => (await import("../commands/secrets/encrypt.ts")).encrypt,
    parameters: { flags: flags.secretsEncryptFlags, aliases, positional: oneFile },
    docs: { brief: "Encrypt a file in clear" },
  }),
  decrypt: buildCommand<flags.SecretsDecryptFlags, [string], CommandScope>({
    loader: async () => (await import("../commands/secrets/decrypt.ts")).decrypt,
    parameters: { flags: flags.secretsDecryptFlags, aliases, positional: oneFile },
    docs: { brief: "Decrypt a file" },
  }),
  keygen: buildCommand<flags.SecretsKeygenFlags, [], CommandScope>({
    loader: async () => (await import("../commands/secrets/keygen.ts")).keygen,
    parameters: { flags: flags.secretsKeygenFlags, aliases },
    docs: { brief: "Make a private key" },
  }),
  "exec-env": buildCommand<flags.SecretsExecEnvFlags, [string, string?], CommandScope>({
    loader: async () => (await import("../commands/secrets/exec-env.ts")).execEnv,
    parameters: {
      flags: flags.secretsExecEnvFlags,
      aliases,
      positional: { kind: "tuple", parameters: [file, shellText] },
    },
    docs: { brief: "Run a command with values as variables" },
  }),
  "exec-file": buildCommand<flags.SecretsExecFileFlags, [string, string?], CommandScope>({
    loader: async () => (await import("../commands/secrets/exec-file.ts")).execFile,
    parameters: {
      flags: flags.secretsExecFileFlags,
      aliases,
      positional: { kind: "tuple", parameters: [file, shellText] },
    },
    docs: { brief: "Run a command that reads a file in clear" },
  }),
  "git-setup": buildCommand<flags.SecretsGitSetupFlags, readonly string[], CommandScope>({
    loader: async () => (await import("../commands/secrets/git-setup.ts")).gitSetup,
    parameters: { flags: flags.secretsGitSetupFlags, aliases, positional: files },
    docs: { brief: "Let git merge and show encrypted files" },
  }),
  "git-diff": buildCommand<flags.SecretsFlags, [string], CommandScope>({
    loader: async () => (await import("../commands/secrets/git-diff.ts")).gitDiff,
    parameters: { flags: flags.secretsFlags, aliases, positional: oneFile },
    docs: { brief: "What git calls to show a file" },
  }),
  "merge-driver": buildCommand<flags.SecretsFlags, [string, string, string, string], CommandScope>({
    loader: async () => (await import("../commands/secrets/merge-driver.ts")).mergeDriver,
    parameters: {
      flags: flags.secretsFlags,
      aliases,
      positional: { kind: "tuple", parameters: [file, file, file, file] },
    },
    docs: { brief: "What git calls to merge a file" },
  }),
  ...secretsPolicyRoutes,
};

/** The name of a command of `flurry secrets`. */
export type SecretsCommandName = keyof typeof secretsRoutes;

/** Every command of `flurry secrets`, in the order of the help. */
export const secretsCommandNames = Object.keys(secretsRoutes) as readonly SecretsCommandName[];

/** True for the name of a command of `flurry secrets`. */
export function isSecretsCommandName(text: string): text is SecretsCommandName {
  return Object.hasOwn(secretsRoutes, text);
}
