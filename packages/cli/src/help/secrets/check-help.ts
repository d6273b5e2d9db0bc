import { secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets check`. */
export const checkHelp = `Check the policy against its files, for CI and commit hooks. No key is needed, no fleet, and Nix only for secrets.nix.

Usage: flurry secrets check [FILE|FOLDER...] [flags]

Finds files whose recipients are not those of the policy, files and values that should be encrypted and are not, files
that no rule covers, hosts that read more than they should, keys in a form that their host cannot use, rules that can
never decide, keys of .sops.yaml that sops passes over, and key groups that came about by a misplaced dash.
Prints file:line:column: error: what [rule], with a hint below.

      --strict             fail on warnings as well

${secretsGlobalHelp}
Exit code: 1 when there are errors, else 0.

Examples:
  flurry secrets check
  flurry secrets check --json | jq -r '.findings[].place.file'
  echo 'flurry secrets check --quiet' > .git/hooks/pre-commit
`;
