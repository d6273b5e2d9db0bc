import { parseArgs } from "node:util";

import type { InitChoice } from "../../host-options.ts";
import { Lab } from "../../lab.ts";
import { labDirectory, usageError } from "../command.ts";
import type { Command } from "../command.ts";
import { printStatus } from "../status-table.ts";

export const up: Command = {
  usage: "up [HOST...] [--init auto|systemd|mini] [--store own|machine]",
  summary: "Start a lab; it stays until `lab down`.",
  details:
    "Without names the lab has the hosts of the example fleet: nas, compute and gateway. HOST is NAME or NAME=ADDRESS.",
  run: async (args, context) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { init: { type: "string", default: "auto" }, store: { type: "string", default: "own" } },
    });
    const lab = await Lab.up({
      hosts: positionals.length === 0 ? ["nas", "compute", "gateway"] : positionals.map(hostOf),
      init: oneOf("--init", values.init, ["auto", "systemd", "mini"] as const satisfies readonly InitChoice[]),
      store: oneOf("--store", values.store, ["own", "machine"] as const),
      directory: labDirectory(context.env),
      tied: false,
      env: context.env,
    });
    await printStatus(lab, context.print);
    return 0;
  },
};

function hostOf(word: string): { readonly name: string; readonly address?: string } {
  const [name = "", address, ...rest] = word.split("=");
  if (rest.length > 0) throw usageError(`${word} is no host; write NAME or NAME=ADDRESS`);
  return address === undefined ? { name } : { name, address };
}

function oneOf<const Choice extends string>(option: string, value: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((choice) => choice === value);
  if (choice === undefined) throw usageError(`${option} is one of ${choices.join(", ")}, not ${value}`);
  return choice;
}
