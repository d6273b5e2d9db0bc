import { evaluationHelp, globalHelp, nixHelp, selectorHelp } from "./shared-help.ts";

/** Help of `flurry check`. */
export const checkHelp = `Check a fleet's repository: all that can be known without building.

Usage: flurry check [SEL...] [flags]

Mistakes in the fleet file; Nix code that a flake may not have (<nixpkgs>, builtins.currentSystem, paths elsewhere, fetches
without a hash); secrets that go to the store or are not encrypted; files that git does not know; generated files that are out
of date; the lock file, as flurry inputs audit; whether every host evaluates, and gets the secrets that it declares. One line
each: file:line:column, severity, message and rule.

      --no-eval            do not evaluate the hosts
      --fix                repair what is safe to repair: git add -N, flurry render
      --dry-run            say what --fix would do
      --sarif              print a SARIF 2.1.0 log, for code review tools
      --rules              list the rules

A comment in the line, or alone in the line above, lets a finding pass: # flurry: ignore RULE

${selectorHelp}
${evaluationHelp}
${nixHelp}
${globalHelp}
Exit code: 1 when there are errors, else 0; warnings and notes do not count.

Examples:
  flurry check
  flurry check --no-eval --fix             what takes no time, and repair what can be
  flurry check --sarif > flurry.sarif
  flurry check --json | jq '.findings[] | select(.severity == "error")'
`;
