import { buildCommand } from "@stricli/core";

import { globalAliases, globalFlags, word } from "./global-flags.ts";
import type { GlobalFlags } from "./global-flags.ts";
import type { CommandScope } from "./scope.ts";

/** The commands for shells and editors, in the order of the help. */
export const shellRoutes = {
  completion: buildCommand<GlobalFlags, readonly string[], CommandScope>({
    loader: async () => (await import("../commands/completion.ts")).completion,
    parameters: {
      flags: globalFlags,
      aliases: globalAliases,
      positional: { kind: "array", parameter: { brief: "bash, zsh or fish", placeholder: "SHELL", parse: word } },
    },
    docs: { brief: "What a shell needs to complete command lines" },
  }),
  schema: buildCommand<GlobalFlags, [], CommandScope>({
    loader: async () => (await import("../commands/schema.ts")).schema,
    parameters: { flags: globalFlags, aliases: globalAliases },
    docs: { brief: "The JSON Schema of a fleet file" },
  }),
};
