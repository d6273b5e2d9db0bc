import { attachedLab, usageError } from "../command.ts";
import type { Command } from "../command.ts";
import { runInForeground } from "../foreground.ts";

export const host: Command = {
  usage: "host HOST [COMMAND...]",
  summary: "Use the console of a host; works with sshd dead or the link down.",
  run: async (args, context) => {
    const [name, ...command] = args;
    if (name === undefined) throw usageError("expected HOST");
    const lab = await attachedLab(context);
    const words = command.length === 0 ? ["bash", "-l"] : command;
    return await runInForeground(lab.host(name).consoleCommand(words), lab.deployerEnv);
  },
};
