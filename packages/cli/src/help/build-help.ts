import { evaluationHelp, globalHelp, nixHelp, selectorHelp } from "./shared-help.ts";

/** Help of `flurry build`. */
export const buildHelp = `Build the systems of hosts and print their store paths, one line each.

Usage: flurry build [SEL...] [flags]

${selectorHelp}
Build:
      --out-link           leave a link result-<host> to each system in this directory

${evaluationHelp}
${nixHelp}
${globalHelp}
Examples:
  flurry build                             every host
  flurry build nas --out-link              leaves ./result-nas
  flurry build --max-jobs 4 --option builders-use-substitutes true
`;
