import { buildCommand } from "@stricli/core";

import { globalAliases, word } from "./global-flags.ts";
import { hostFlags, initFlags, renderFlags } from "./repository-flags.ts";
import type { HostFlags, InitFlags, RenderFlags } from "./repository-flags.ts";
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
  host: buildCommand<HostFlags, readonly string[], CommandScope>({
    loader: async () => (await import("../commands/host.ts")).host,
    parameters: {
      flags: hostFlags,
      aliases: globalAliases,
      positional: { kind: "array", parameter: { brief: "add, rm or ls", placeholder: "ACTION", parse: word } },
    },
    docs: { brief: "Add, remove and list hosts" },
  }),
  render: buildCommand<RenderFlags, [], CommandScope>({
    loader: async () => (await import("../commands/render.ts")).render,
    parameters: { flags: renderFlags, aliases: globalAliases },
    docs: { brief: "Write what is generated from the fleet file" },
  }),
};
