import { attachedLab, usageError } from "../command.ts";
import type { Command } from "../command.ts";
import { runInForeground } from "../foreground.ts";

export const exec: Command = {
  usage: "exec [--] COMMAND...",
  summary: "Run a command in the deployer's place: the lab's network and store, this machine's files.",
  run: async (args, context) => {
    const words = args[0] === "--" ? args.slice(1) : args;
    if (words.length === 0) throw usageError("expected COMMAND");
    const lab = await attachedLab(context);
    return await runInForeground(lab.commandLine(words, context.cwd), { ...context.env, ...lab.deployerEnv });
  },
};
