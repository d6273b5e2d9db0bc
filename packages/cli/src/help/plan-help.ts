import { evaluationHelp, globalHelp, localHelp, nixHelp, selectorHelp } from "./shared-help.ts";

/** Help of `flurry plan`. */
export const planHelp = `Show what a deployment would do to each host: packages, sizes, units, reboots, drift.

Nothing is activated and, unless asked for, nothing built or copied: what the store or a binary cache knows is compared
with what the hosts run. What is not known says so, and how to learn it.

Usage: flurry plan [SEL...] [flags]

${selectorHelp}
Plan:
${localHelp}      --build              build what is not built: exact packages and sizes
      --copy               build, and copy to the hosts: they can then say what happens to their units
      --no-units           do not run dry-activate, not even where the host has the new system already
      --no-secrets-check   do not hold the secrets that hosts declare against their files
      --goal GOAL          plan for switch (default), boot or test
      --boot               the same as --goal boot
      --changed            only hosts that do not run what the flake says
      --since REV          with --changed: only hosts that what changed since the revision affects
      --out FILE           keep the plan, for flurry deploy --plan FILE
      --markdown           print it as a comment for a pull request
  -p, --parallel N         how many hosts to look at at a time                       (default: 8)

${evaluationHelp}
${nixHelp}
${globalHelp}
Examples:
  flurry plan                              every host
  flurry plan nas --copy                   all that can be known of nas
  flurry plan --changed --since main --build --markdown > comment.md
  flurry plan --build --out week.plan      keep it; then: flurry deploy --plan week.plan
  flurry plan --json | jq '.hosts[] | select(.drift == "foreign") | .host'
`;
