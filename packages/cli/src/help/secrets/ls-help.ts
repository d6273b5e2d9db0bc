import { secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets ls`. */
export const lsHelp = `List encrypted files with their recipients, or the names of the values of one file. No key is needed.

Usage: flurry secrets ls [FILE|FOLDER...] [flags]

${secretsGlobalHelp}
Exit code: 1 when a file is damaged, else 0.

Examples:
  flurry secrets ls                        every SOPS and age file from here downward
  flurry secrets ls secrets/nas.yaml       the values of a file: names and types
  flurry secrets ls --json | jq -r '.files[].path'
`;
