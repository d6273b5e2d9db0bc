import { secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets git-setup`. */
export const gitSetupHelp = `Have git merge encrypted files value by value, and show them in clear in diffs.

Usage: flurry secrets git-setup [PATTERN...] [flags]

Writes a block of .gitattributes, for the folders and endings of the encrypted files that there are or for PATTERNs, and
git config of this clone. Doing it again changes nothing. Whoever clones the repository does it once.

Git:
      --program CMD        how git is to call Flurry                                     (default: flurry)
      --dry-run            say what would be written and write nothing

${secretsGlobalHelp}
Examples:
  flurry secrets git-setup
  flurry secrets git-setup '/secrets/*.yaml' '*.age' --dry-run
`;

/** Help of `flurry secrets git-diff`. */
export const gitDiffHelp = `Print a file in clear for a diff; git calls this once git-setup has been run.

Usage: flurry secrets git-diff FILE [flags]

A file that does not open is printed as it is.

${secretsGlobalHelp}
Examples:
  flurry secrets git-diff secrets/nas.yaml
  flurry secrets git-diff wifi.age
`;

/** Help of `flurry secrets merge-driver`. */
export const mergeDriverHelp = `Merge two versions of an encrypted file; git calls this once git-setup has been run.

Usage: flurry secrets merge-driver BASE OURS THEIRS NAME [flags]

The result takes the place of OURS. Values are merged one by one, recipients too. Where both sides changed a value, it
becomes a text that shows both, encrypted like any other: flurry secrets edit NAME shows it. Age files are merged by lines,
and the result is for whom secrets.nix or the fleet says.

${secretsGlobalHelp}
Exit code: 1 when there are conflicts, else 0.

Examples:
  flurry secrets merge-driver base.yaml ours.yaml theirs.yaml secrets/nas.yaml
  flurry secrets merge-driver %O %A %B %P
`;
