import { getHelp } from "./get-help.ts";
import { lsHelp } from "./ls-help.ts";
import { secretsGlobalHelp } from "./shared.ts";

/** Help of each command of `flurry secrets`. */
export const secretsHelpTexts: Readonly<Record<string, string>> = {
  ls: lsHelp,
  get: getHelp,
};

/** Help of `flurry secrets` as a whole. */
export const secretsHelp = `Read and change files of secrets: SOPS (YAML, JSON, dotenv, INI, binary) and age (agenix).

Usage: flurry secrets COMMAND [flags]

Look:
  ls                       encrypted files and their recipients; the names of the values of one
  get                      one value, or a file in clear

${secretsGlobalHelp}
Files are those of sops and agenix: who works with these programs goes on with them. Exit codes are those of sops.

Examples:
  flurry secrets ls
  flurry secrets get secrets/nas.yaml smb.password
  flurry secrets get --help                all about a command
`;
