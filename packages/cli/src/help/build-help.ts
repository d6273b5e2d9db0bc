import { buildOnHelp, evaluationHelp, globalHelp, nixHelp, selectorHelp } from "./shared-help.ts";

/** Help of `flurry build`. */
export const buildHelp = `Build the systems of hosts and print their store paths, one line each.

Usage: flurry build [SEL...] [flags]

${selectorHelp}
Build:
${buildOnHelp}      --out-link           leave a link result-<host> to each system in this directory
      --push STORE         copy each system to a store or binary cache, for example file:///srv/cache,
                           s3://bucket or ssh-ng://root@cache; signed when nix.conf has secret-key-files

${evaluationHelp}
${nixHelp}
${globalHelp}
Examples:
  flurry build                             every host
  flurry build nas --out-link              leaves ./result-nas
  flurry build --max-jobs 4 --option builders-use-substitutes true
`;
