import { buildCommand } from "@stricli/core";

import { globalAliases, word } from "./global-flags.ts";
import { initFlags, renderFlags } from "./repository-flags.ts";
import type { InitFlags, RenderFlags } from "./repository-flags.ts";
import type { CommandScope } from "./scope.ts";

/** The commands that write the fleet's repository, in the order of the help. */
export const repositoryRoutes = {
  init: buildCommand<InitFlags, readonly string[], CommandScope>({
    loader: async () => (await import("../commands/init.ts")).init,
    parameters: {
      flags: initFlags,
      aliases: globalAliases,
      positional: { kind: "array", parameter: { brief: "Where the fleet is to be", placeholder: "DIR", parse: word } },
    },
    docs: { brief: "Begin a fleet" },
  }),
  render: buildCommand<RenderFlags, [], CommandScope>({
    loader: async () => (await import("../commands/render.ts")).render,
    parameters: { flags: renderFlags, aliases: globalAliases },
    docs: { brief: "Write what is generated from the fleet file" },
  }),
};
