import type { FlagParametersForType } from "@stricli/core";

import type { CommandScope } from "./scope.ts";

/** Flags that every command takes. */
export interface GlobalFlags {
  readonly directory?: string;
  readonly flake?: string;
  readonly sshConfig?: string;
  readonly askSudoPassword?: boolean;
  readonly json?: boolean;
  readonly color?: "auto" | "always" | "never";
  readonly logFormat?: "auto" | "terminal" | "lines" | "json";
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly yes?: boolean;
}

/** A value that is taken as it is, but not empty. */
export function word(input: string): string {
  if (input === "") throw new Error("the value is empty");
  return input;
}

/** A boolean that is off unless given. */
export const switchFlag = (brief: string) => ({ kind: "boolean", optional: true, withNegated: false, brief }) as const;

/** One optional value that is taken as it is. */
export const wordFlag = (brief: string) => ({ kind: "parsed", optional: true, parse: word, brief }) as const;

/** Values that are taken as they are; the flag may be given several times. */
export const wordsFlag = (brief: string) =>
  ({ kind: "parsed", optional: true, variadic: true, parse: word, brief }) as const;

/** How stricli reads {@link GlobalFlags}. */
export const globalFlags: FlagParametersForType<GlobalFlags, CommandScope> = {
  directory: wordFlag("Do everything as if started in that directory"),
  flake: wordFlag("The flake to deploy from"),
  sshConfig: wordFlag("The ssh_config file to use"),
  askSudoPassword: switchFlag("Ask once for the password that sudo wants on the hosts"),
  json: switchFlag("Print the result as JSON"),
  color: { kind: "enum", values: ["auto", "always", "never"], optional: true, brief: "When to use colour" },
  logFormat: {
    kind: "enum",
    values: ["auto", "terminal", "lines", "json"],
    optional: true,
    brief: "How progress is shown",
  },
  quiet: switchFlag("Show no progress"),
  verbose: switchFlag("Show all logs and details"),
  yes: switchFlag("Answer every question with yes"),
};

/** The short names of {@link globalFlags}. */
export const globalAliases = { C: "directory", q: "quiet", v: "verbose", y: "yes" } as const;
