import { readlink } from "node:fs/promises";

import { attachedLab, expectWords } from "../command.ts";
import type { Command } from "../command.ts";

export const install: Command = {
  usage: "install HOST SYSTEM",
  summary: "Install a system of the deployer's store on a host, as an installer would, and boot it.",
  run: async (args, context) => {
    const [name, system] = expectWords(args, ["HOST", "SYSTEM"]);
    const lab = await attachedLab(context);
    // A `result` link of nix build is as good; where it points is a path of the lab's store, not of this machine.
    const target = system.startsWith("/nix/store/") ? system : await readlink(system);
    await lab.host(name).install(target);
    return 0;
  },
};
