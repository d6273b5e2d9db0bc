import { buildCommand } from "@stricli/core";

import { globalAliases, word } from "./global-flags.ts";
import type { CommandScope } from "./scope.ts";
import { secretsFlags } from "./secrets-flags.ts";
import type { SecretsFlags } from "./secrets-flags.ts";
import * as flags from "./secrets-policy-flags.ts";

const aliases = { ...globalAliases, i: "identity" } as const;

const file = { brief: "A file", placeholder: "FILE", parse: word } as const;
const host = { brief: "A host", placeholder: "HOST", parse: word } as const;
const reader = { brief: "A host or an admin", placeholder: "NAME", parse: word } as const;
const files = { kind: "array", parameter: { brief: "Files or folders", placeholder: "FILE", parse: word } } as const;

/** The commands of `flurry secrets` that go by a policy, in the order of the help. */
export const secretsPolicyRoutes = {
  matrix: buildCommand<flags.SecretsMatrixFlags, readonly string[], CommandScope>({
    loader: async () => (await import("../commands/secrets/matrix.ts")).matrix,
    parameters: { flags: flags.secretsMatrixFlags, aliases, positional: files },
    docs: { brief: "Who reads what" },
  }),
  why: buildCommand<SecretsFlags, [string, string], CommandScope>({
    loader: async () => (await import("../commands/secrets/why.ts")).why,
    parameters: { flags: secretsFlags, aliases, positional: { kind: "tuple", parameters: [reader, file] } },
    docs: { brief: "Why somebody can read a file, or cannot" },
  }),
  check: buildCommand<flags.SecretsCheckFlags, readonly string[], CommandScope>({
    loader: async () => (await import("../commands/secrets/check.ts")).check,
    parameters: { flags: flags.secretsCheckFlags, aliases, positional: files },
    docs: { brief: "Policy against files, without a key" },
  }),
  audit: buildCommand<SecretsFlags, readonly string[], CommandScope>({
    loader: async () => (await import("../commands/secrets/audit.ts")).audit,
    parameters: { flags: secretsFlags, aliases, positional: files },
    docs: { brief: "Everything that can be proved with the keys and the history" },
  }),
  rekey: buildCommand<flags.SecretsRekeyFlags, readonly string[], CommandScope>({
    loader: async () => (await import("../commands/secrets/rekey.ts")).rekey,
    parameters: { flags: flags.secretsRekeyFlags, aliases, positional: files },
    docs: { brief: "Bring files to what the policy says" },
  }),
  "add-host": buildCommand<flags.SecretsAddHostFlags, [string], CommandScope>({
    loader: async () => (await import("../commands/secrets/add-host.ts")).addHost,
    parameters: { flags: flags.secretsAddHostFlags, aliases, positional: { kind: "tuple", parameters: [host] } },
    docs: { brief: "A host more, and its files keyed for it" },
  }),
  rotate: buildCommand<flags.SecretsRotateFlags, readonly string[], CommandScope>({
    loader: async () => (await import("../commands/secrets/rotate.ts")).rotate,
    parameters: { flags: flags.secretsRotateFlags, aliases, positional: files },
    docs: { brief: "New data keys" },
  }),
  revoke: buildCommand<flags.SecretsRevokeFlags, [string], CommandScope>({
    loader: async () => (await import("../commands/secrets/revoke.ts")).revoke,
    parameters: { flags: flags.secretsRevokeFlags, aliases, positional: { kind: "tuple", parameters: [reader] } },
    docs: { brief: "A reader less, and what they know" },
  }),
};
