import { secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets matrix`. */
export const matrixHelp = `Show who reads what: a row a file, a column a reader, by the policy and by the files themselves. No key is needed.

Usage: flurry secrets matrix [FILE|FOLDER...] [flags]

The policy is the fleet's secrets, else the .sops.yaml from here upward, else secrets.nix (read by Nix); SOPS_CONFIG and
RULES name another. Readers are called by their name in the fleet, by their anchor in .sops.yaml, or by a comment.

      --csv                for a spreadsheet

${secretsGlobalHelp}
Examples:
  flurry secrets matrix
  flurry secrets matrix secrets/ --csv > who-reads-what.csv
`;
