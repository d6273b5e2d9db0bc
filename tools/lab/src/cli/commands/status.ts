import { attachedLab, expectWords } from "../command.ts";
import type { Command } from "../command.ts";
import { printStatus } from "../status-table.ts";

export const status: Command = {
  usage: "status",
  summary: "List the hosts: address, init, up or down, system.",
  run: async (args, context) => {
    expectWords(args, []);
    await printStatus(await attachedLab(context), context.print);
    return 0;
  },
};
