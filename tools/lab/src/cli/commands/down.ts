import { sweepDeadLab } from "../../lab-directory.ts";
import { findSupervisor } from "../../supervisor.ts";
import { attachedLab, expectWords, labDirectory } from "../command.ts";
import type { Command } from "../command.ts";

export const down: Command = {
  usage: "down",
  summary: "End the lab and everything in it.",
  run: async (args, context) => {
    expectWords(args, []);
    const directory = labDirectory(context.env);
    if ((await findSupervisor(directory)) === undefined && (await sweepDeadLab(directory))) {
      context.print("The lab had ended; its traces are removed.");
      return 0;
    }
    await (await attachedLab(context)).down();
    return 0;
  },
};
