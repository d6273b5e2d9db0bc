import type { FlurryError } from "@flurry/core";

import { readArgv } from "./command-line/argv.ts";
import type { Argv } from "./command-line/argv.ts";
import type { CliContext } from "./context.ts";

/**
 * Runs one command line.
 *
 * @param words - the command line without the program's own name
 * @returns the exit code; see `exitCodes` of `@flurry/deploy`
 */
export async function main(words: readonly string[], context: CliContext): Promise<number> {
  const argv = readArgv(words);
  switch (argv.wants) {
    case "version":
      return await printVersion(context);
    case "help":
      return await printHelp(argv, context);
    case "run":
      return await runCommand(argv, context);
  }
}

async function printVersion(context: CliContext): Promise<number> {
  const { version } = await import("./version.ts");
  context.stdout.write(`${version()}\n`);
  return 0;
}

async function printHelp({ command, subcommand }: Argv, context: CliContext): Promise<number> {
  const { helpOf, mainHelp } = await import("./help/help.ts");
  const text = command === undefined ? mainHelp : helpOf(command, subcommand);
  if (text === undefined) return await fail(context, await unknown(command, subcommand));
  context.stdout.write(text);
  return 0;
}

async function runCommand(argv: Argv, context: CliContext): Promise<number> {
  const { command, subcommand, args, afterDashes } = argv;
  const [{ flurryApplication, isCommandName }, { isSecretsCommandName }, { run }] = await Promise.all([
    import("./command-line/application.ts"),
    import("./command-line/secrets-routes.ts"),
    import("@stricli/core"),
  ]);
  if (command === undefined || !isCommandName(command)) return await fail(context, await unknown(command, undefined));
  if (subcommand !== undefined && !isSecretsCommandName(subcommand))
    return await fail(context, await unknown(command, subcommand));
  let exitCode: number | undefined;
  let problem: { readonly kind: "usage" | "crash"; readonly exception: unknown } | undefined;
  // The parser's own texts are of no use: its exceptions are made into errors like all others.
  const silent = { write: () => {} };
  await run(
    flurryApplication((kind, exception) => {
      problem = { kind, exception };
    }),
    [command, ...args],
    {
      process: { stdout: silent, stderr: silent },
      cli: context,
      afterDashes,
      exit: (code) => {
        exitCode = code;
      },
    },
  );
  if (problem === undefined && exitCode !== undefined) return exitCode;
  return await fail(context, await errorOf(problem, [command, subcommand].filter(Boolean).join(" ")));
}

async function errorOf(
  problem: { readonly kind: "usage" | "crash"; readonly exception: unknown } | undefined,
  command: string,
): Promise<FlurryError> {
  const [{ FlurryError }, { usageError }] = await Promise.all([
    import("@flurry/core"),
    import("./command-line/usage-error.ts"),
  ]);
  if (problem?.kind === "usage") return usageError(problem.exception, command);
  return FlurryError.from(problem?.exception ?? new Error(`flurry ${command} ended without an exit code`));
}

async function unknown(word: string | undefined, subcommand: string | undefined): Promise<FlurryError> {
  const { unknownCommand, unknownSecretsCommand } = await import("./command-line/usage-error.ts");
  return subcommand === undefined ? unknownCommand(word) : unknownSecretsCommand(subcommand);
}

async function fail(context: CliContext, error: FlurryError): Promise<number> {
  const [{ reportError }, { outputFor }] = await Promise.all([import("./report-error.ts"), import("./output.ts")]);
  return await reportError(error, outputFor(context, {}));
}
