import { FlurryError } from "@flurry/core";

import { LabError } from "../lab-error.ts";
import type { Command, CommandContext } from "./command.ts";
import { usageError } from "./command.ts";
import { doctor } from "./commands/doctor.ts";
import { down } from "./commands/down.ts";
import { exec } from "./commands/exec.ts";
import { fault } from "./commands/fault.ts";
import { host } from "./commands/host.ts";
import { install } from "./commands/install.ts";
import { ssh } from "./commands/ssh.ts";
import { status } from "./commands/status.ts";
import { up } from "./commands/up.ts";

const commands: ReadonlyMap<string, Command> = new Map(
  Object.entries({ up, down, status, ssh, exec, host, fault, install, doctor }),
);

/** The `lab` command. Returns its exit code: 0, 1 for a failure, 2 for a mistake in the command line, or that of a command it ran. */
export async function main(
  argv: readonly string[],
  context: CommandContext = { env: process.env, cwd: process.cwd(), print: console.log },
): Promise<number> {
  const [name, ...args] = argv;
  try {
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      context.print(overview());
      return name === undefined ? 2 : 0;
    }
    const command = commands.get(name);
    if (command === undefined) throw usageError(`there is no command ${name}`);
    if (args[0] === "--help" || args[0] === "-h") {
      context.print(helpOf(command));
      return 0;
    }
    return await command.run(args, context);
  } catch (thrown) {
    return report(thrown);
  }
}

function overview(): string {
  const width = Math.max(...[...commands.values()].map(({ usage }) => usage.length));
  const lines = [...commands.values()].map(({ usage, summary }) => `  lab ${usage.padEnd(width)}  ${summary}`);
  return [
    "Real hosts on one machine, in namespaces.",
    "",
    ...lines,
    "",
    "The lab lies in LAB_DIRECTORY, by default a directory of yours in the temporary directory.",
    "`lab COMMAND --help` says more of a command.",
  ].join("\n");
}

function helpOf({ usage, summary, details }: Command): string {
  return [`lab ${usage}`, "", summary, ...(details === undefined ? [] : ["", details])].join("\n");
}

function report(thrown: unknown): number {
  // parseArgs of Node throws its own errors for unknown options.
  const parseError =
    thrown instanceof TypeError && "code" in thrown && String(thrown.code).startsWith("ERR_PARSE_ARGS");
  const error = parseError
    ? usageError(thrown.message)
    : thrown instanceof LabError
      ? thrown
      : FlurryError.from(thrown);
  console.error(`lab: ${error.message}`);
  if (error.cause instanceof LabError || FlurryError.is(error.cause)) console.error(`     ${error.cause.message}`);
  if (error.details !== undefined) console.error(error.details);
  if (error.hint !== undefined) console.error(`     ${error.hint}`);
  return error.code === "FLURRY_USAGE" ? 2 : 1;
}
