import { parseArgs } from "node:util";

import { FlurryError } from "@flurry/core";

/** What to measure. */
export type BenchCommand =
  | {
      readonly kind: "deploy";
      /** Sizes of fleets, each measured on its own. */
      readonly hosts: readonly number[];
      readonly runs: number;
      readonly mib: number;
      /** By name; what is on PATH when undefined. */
      readonly contenders: readonly string[] | undefined;
      readonly output: string | undefined;
    }
  | {
      readonly kind: "eval";
      /** How many hosts. */
      readonly hosts: number;
      readonly runs: number;
      /** A flake reference; the fixtures' fleet when undefined. */
      readonly flake: string | undefined;
      readonly host: string | undefined;
      readonly hostFile: string | undefined;
      readonly sharedFile: string | undefined;
      readonly output: string | undefined;
    }
  | {
      readonly kind: "secrets";
      readonly files: number;
      /** Values a file. */
      readonly values: number;
      readonly recipients: number;
      readonly runs: number;
      readonly output: string | undefined;
    }
  | {
      readonly kind: "commands";
      readonly runs: number;
      /** Command lines for `sh -c`. */
      readonly commands: readonly string[];
      readonly output: string | undefined;
    }
  | { readonly kind: "help" };

/** The text of `bench --help`. */
export const benchHelp = `Measure Flurry side by side with what one would do without it.

Usage: npm run bench -- deploy [--hosts 10,30] [--runs 3] [--mib 16] [--contenders flurry,by-hand] [--output FILE]
       npm run bench -- eval [--hosts 30] [--runs 3] [--flake REF [--host NAME] [--host-file FILE] [--shared-file FILE]]
       npm run bench -- secrets [--files 1000] [--values 20] [--recipients 5] [--runs 3] [--output FILE]
       npm run bench -- commands [--runs 5] [--output FILE] 'COMMAND' 'COMMAND' …

deploy     five deployments of a fleet of lab hosts (first, a change to all, to one, that one by name, no change)
           by flurry, by-hand (a script, one host after the other), by-hand-parallel (the same, 8 at a time), and by
           deploy-rs and colmena where they are on PATH
eval       flurry eval beside nix eval in a loop, for all in one process, and by xargs -P: at first, and then with
           nothing changed, the README edited, that committed, a host's file edited, and one that hosts share;
           of the fixtures' fleet, or of a copy of any flake's source and the first of its hosts
secrets    flurry secrets rekey and rotate beside sops updatekeys and sops rotate; sops is found on PATH or in the
           cache of scripts/install-interop-tools.sh
commands   any command lines

Everything is measured in one run and in turns. All measurements are written as JSON to .flurry/bench, or to FILE.
`;

/**
 * Reads the command line.
 *
 * @throws FlurryError FLURRY_USAGE
 */
export function benchArguments(words: readonly string[]): BenchCommand {
  const { values, positionals } = parse(words);
  if (values.help === true || words.length === 0) return { kind: "help" };
  const [kind, ...rest] = positionals;
  switch (kind) {
    case "deploy":
    case "eval":
      if (rest.length > 0) throw usage(`${kind} takes no ${JSON.stringify(rest[0])}`);
      return kind === "deploy" ? deployCommand(values) : evalCommand(values);
    case "secrets":
      if (rest.length > 0) throw usage(`${kind} takes no ${JSON.stringify(rest[0])}`);
      return secretsCommand(values);
    case "commands":
      if (rest.length === 0) throw usage("there is no command to measure");
      return { kind, runs: wholeNumber("--runs", values.runs ?? "5"), commands: rest, output: values.output };
    default:
      throw usage(`${JSON.stringify(kind ?? "")} is nothing to measure`);
  }
}

type Values = ReturnType<typeof parse>["values"];

function deployCommand({ hosts = "10,30", runs = "3", mib = "16", contenders, output }: Values): BenchCommand {
  return {
    kind: "deploy",
    hosts: hosts.split(",").map((word) => wholeNumber("--hosts", word)),
    runs: wholeNumber("--runs", runs),
    mib: wholeNumber("--mib", mib, 0),
    contenders: contenders?.split(","),
    output,
  };
}

function evalCommand({ hosts = "30", runs = "3", flake, host, output, ...files }: Values): BenchCommand {
  const { "host-file": hostFile, "shared-file": sharedFile } = files;
  if (flake === undefined && (host ?? hostFile ?? sharedFile) !== undefined)
    throw usage("--host, --host-file and --shared-file speak of a flake: name it with --flake");
  const counts = { hosts: wholeNumber("--hosts", hosts), runs: wholeNumber("--runs", runs) };
  return { kind: "eval", ...counts, flake, host, hostFile, sharedFile, output };
}

function secretsCommand({ files = "1000", values = "20", recipients = "5", runs = "3", output }: Values): BenchCommand {
  return {
    kind: "secrets",
    files: wholeNumber("--files", files),
    values: wholeNumber("--values", values),
    recipients: wholeNumber("--recipients", recipients, 2),
    runs: wholeNumber("--runs", runs),
    output,
  };
}

function parse(words: readonly string[]): ReturnType<typeof parseArgs<typeof options>> {
  try {
    return parseArgs({ ...options, args: [...words] });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

const options = {
  allowPositionals: true,
  options: {
    hosts: { type: "string" },
    runs: { type: "string" },
    mib: { type: "string" },
    contenders: { type: "string" },
    flake: { type: "string" },
    host: { type: "string" },
    "host-file": { type: "string" },
    "shared-file": { type: "string" },
    files: { type: "string" },
    values: { type: "string" },
    recipients: { type: "string" },
    output: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
} as const;

function wholeNumber(flag: string, word: string, minimum = 1): number {
  if (!/^\d{1,4}$/.test(word) || Number(word) < minimum)
    throw usage(`${flag} takes whole numbers of at least ${minimum}, not ${JSON.stringify(word)}`);
  return Number(word);
}

function usage(message: string): FlurryError {
  return new FlurryError("FLURRY_USAGE", message, { hint: "See: npm run bench -- --help" });
}
