import type { FleetNames } from "@flurry/schema";

import { commandNames } from "../command-line/application.ts";
import { readArgv } from "../command-line/argv.ts";
import { secretsCommandNames } from "../command-line/secrets-routes.ts";
import { helpOf, mainHelp } from "../help/help.ts";
import { shells } from "./shell-scripts.ts";

/** Commands whose words are selectors. */
const takesSelectors = new Set<string>([
  "deploy",
  "plan",
  "build",
  "eval",
  "status",
  "rollback",
  "gc",
  "upload-keys",
  "exec",
  "check",
]);

/** Words that the first argument of a command can be. */
const actions: Readonly<Record<string, readonly string[]>> = {
  host: ["add", "rm", "ls"],
  inputs: ["ls", "audit", "update", "diff"],
  import: ["ansible", "terraform", "ssh-config"],
  completion: shells,
  secrets: secretsCommandNames,
};

/**
 * The words that may stand where a command line ends, each whole.
 *
 * @param line - from the program's name up to the cursor
 * @param namesOf - reads the fleet, when its names are of use; the directory is that of `-C`
 */
export async function completions(
  line: string,
  namesOf: (directory: string | undefined) => Promise<FleetNames>,
): Promise<readonly string[]> {
  const words = line.split(/\s+/).filter((word, index, all) => word !== "" || index === all.length - 1);
  const current = (words.at(-1) ?? "").replace(/^['"]/, "");
  const before = words.slice(1, -1);
  const found = await candidates(before, current, namesOf);
  return found.filter((word) => word.startsWith(current));
}

async function candidates(
  before: readonly string[],
  current: string,
  namesOf: (directory: string | undefined) => Promise<FleetNames>,
): Promise<readonly string[]> {
  if (before.includes("--")) return [];
  const { command, subcommand, args } = readArgv(before);
  if (current.startsWith("-")) return flagsIn((command === undefined ? mainHelp : helpOf(command, subcommand)) ?? "");
  if (command === undefined) return commandNames;
  const given = args.filter((word, index) => !word.startsWith("-") && args[index - 1] !== "-C");
  const first = actions[command];
  if (first !== undefined && given.length === 0) return first;
  const at = before.findIndex((word) => word === "-C" || word === "--directory");
  const directory = at === -1 ? undefined : before[at + 1];
  if (command === "host") return given[0] === "rm" && given.length === 1 ? (await namesOf(directory)).hosts : [];
  if (!takesSelectors.has(command)) return [];
  const { hosts, tags } = await namesOf(directory);
  return [...hosts, ...tags.map((tag) => `@${tag}`)];
}

/** The flags that a help text lists. */
function flagsIn(help: string): readonly string[] {
  const flags = [...help.matchAll(/^ {2,6}(?:-\w, )?(--[a-z][a-z-]*)/gm)].map(([, flag = ""]) => flag);
  return [...new Set(["--help", ...flags])].toSorted();
}
