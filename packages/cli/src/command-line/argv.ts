/** The command line cut into what the parts of Flurry read. */
export interface Argv {
  /** The first word that is no flag; undefined when there is none. */
  readonly command: string | undefined;
  /** The command within a group of commands, as `get` in `flurry secrets get`; then it is the first of `args` too. */
  readonly subcommand: string | undefined;
  /** Flags and arguments of the command, the global flags among them. */
  readonly args: readonly string[];
  /** What stands behind `--`; undefined when there is no `--`. */
  readonly afterDashes: readonly string[] | undefined;
  readonly wants: "help" | "version" | "run";
}

/** Commands that are groups of commands. */
const groups: ReadonlySet<string> = new Set(["secrets"]);

const flagsWithValue: ReadonlySet<string> = new Set([
  "-C",
  "--directory",
  "--flake",
  "--ssh-config",
  "--color",
  "--log-format",
  "-i",
  "--identity",
]);

/**
 * Cuts up a command line. Global flags may stand before the command, as in `flurry -C fleet deploy`;
 * they are moved behind it. `--option NAME VALUE` becomes one word, as Nix is the only one to use two.
 */
export function readArgv(words: readonly string[]): Argv {
  const dashes = words.indexOf("--");
  const own = dashes === -1 ? words : words.slice(0, dashes);
  const afterDashes = dashes === -1 ? undefined : words.slice(dashes + 1);
  const at = commandPosition(own);
  const helpWord = own[at] === "help";
  const command = helpWord ? own[at + 1] : own[at];
  const rest = [...own.slice(0, at), ...own.slice(at + (helpWord ? 2 : 1))];
  const isGroup = groups.has(command ?? "");
  const { subcommand, args } = isGroup ? cutSubcommand(rest) : { subcommand: undefined, args: rest };
  const isBare = isGroup ? subcommand === undefined : command === undefined && at === 0;
  const wantsHelp = helpWord || isBare || own.some((word) => word === "--help" || word === "-h");
  return {
    command,
    subcommand,
    args: joinNixOptions(args),
    afterDashes,
    wants: wantsHelp ? "help" : own.slice(0, Math.max(at, 1)).includes("--version") ? "version" : "run",
  };
}

/** The command of a group stands first for the parser, wherever the global flags stood. */
function cutSubcommand(words: readonly string[]): { subcommand: string | undefined; args: readonly string[] } {
  const at = commandPosition(words);
  const subcommand = words[at];
  if (subcommand === undefined) return { subcommand, args: words };
  return { subcommand, args: [subcommand, ...words.slice(0, at), ...words.slice(at + 1)] };
}

function commandPosition(words: readonly string[]): number {
  let at = 0;
  while (at < words.length && words[at]?.startsWith("-") === true) at += flagsWithValue.has(words[at] ?? "") ? 2 : 1;
  return Math.min(at, words.length);
}

function joinNixOptions(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const [word = "", name, value] = words.slice(at, at + 3);
    if (word === "--option" && name !== undefined && value !== undefined && !name.includes("=")) {
      joined.push("--option", `${name}=${value}`);
      at += 2;
    } else joined.push(word);
  }
  return joined;
}
