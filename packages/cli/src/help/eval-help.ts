import { evaluationHelp, globalHelp, nixHelp, selectorHelp } from "./shared-help.ts";

/** Help of `flurry eval`. */
export const evalHelp = `Evaluate the systems of hosts: their derivations, outputs and platforms.

Usage: flurry eval [SEL...] [flags]
       flurry eval --changed [--since REV] [SEL...] [flags]

A host is evaluated again only when something that it reads has changed: a file, an input, a fact about the source.

${selectorHelp}
${evaluationHelp}      --verify             prove that what is remembered of each host is all that it depends on
      --stats              tell where each answer comes from, why, and what it took in time and memory
      --changed            list the hosts whose system differs from that of a commit, and why
      --since REV          the commit to compare with, as git names it                (default: HEAD)

${nixHelp}
${globalHelp}
Examples:
  flurry eval                              every host as a table
  flurry eval nas --json | jq -r '.hosts[].drvPath'
  flurry eval --stats                      which hosts were evaluated, and why
  flurry eval --changed                    what the uncommitted changes affect
  flurry eval --changed --since main --json | jq -r '.hosts[] | select(.status != "unchanged") | .host'
`;
