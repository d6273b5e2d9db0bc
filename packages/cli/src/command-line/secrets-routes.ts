import { buildCommand } from "@stricli/core";

import { globalAliases, word } from "./global-flags.ts";
import type { CommandScope } from "./scope.ts";
import { secretsFlags } from "./secrets-flags.ts";
import type { SecretsGetFlags, SecretsLsFlags } from "./secrets-flags.ts";

const aliases = { ...globalAliases, i: "identity" } as const;

const file = { brief: "An encrypted file", placeholder: "FILE", parse: word } as const;
const path = { brief: "The way to a value", placeholder: "PATH", parse: word } as const;
const files = { kind: "array", parameter: { brief: "Files or folders", placeholder: "FILE", parse: word } } as const;

/** Every command of `flurry secrets`, in the order of the help. */
export const secretsRoutes = {
  ls: buildCommand<SecretsLsFlags, readonly string[], CommandScope>({
    loader: async () => (await import("../commands/secrets/ls.ts")).ls,
    parameters: { flags: secretsFlags, aliases, positional: files },
    docs: { brief: "Encrypted files, and what is in one" },
  }),
  get: buildCommand<SecretsGetFlags, [string, string?], CommandScope>({
    loader: async () => (await import("../commands/secrets/get.ts")).get,
    parameters: {
      flags: secretsFlags,
      aliases,
      positional: { kind: "tuple", parameters: [file, { ...path, optional: true }] },
    },
    docs: { brief: "One value, or a file in clear" },
  }),
};

/** The name of a command of `flurry secrets`. */
export type SecretsCommandName = keyof typeof secretsRoutes;

/** Every command of `flurry secrets`, in the order of the help. */
export const secretsCommandNames = Object.keys(secretsRoutes) as readonly SecretsCommandName[];

/** True for the name of a command of `flurry secrets`. */
export function isSecretsCommandName(text: string): text is SecretsCommandName {
  return Object.hasOwn(secretsRoutes, text);
}
