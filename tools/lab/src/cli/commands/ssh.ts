import { attachedLab, usageError } from "../command.ts";
import type { Command } from "../command.ts";
import { runInForeground } from "../foreground.ts";

export const ssh: Command = {
  usage: "ssh [USER@]HOST [COMMAND...]",
  summary: "Connect to a host as a deployer does.",
  run: async (args, context) => {
    const [target, ...command] = args;
    if (target === undefined) throw usageError("expected HOST");
    const lab = await attachedLab(context);
    lab.host(target.slice(target.indexOf("@") + 1));
    const words = ["ssh", "-F", lab.sshConfigFile, target, ...command];
    return await runInForeground(lab.commandLine(words, context.cwd), lab.deployerEnv);
  },
};
