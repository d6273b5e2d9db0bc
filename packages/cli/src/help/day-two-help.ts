import { evaluationHelp, globalHelp, localHelp, nixHelp, selectorHelp } from "./shared-help.ts";

/** Help of `flurry rollback`. */
export const rollbackHelp = `Take hosts back to an earlier generation, under the same protocol as a deployment.

A host that cannot be reached on the earlier system returns to the one that it runs now. Nothing is evaluated, built or
copied. Without --to a host goes back to the last confirmed generation before its current one; a host that runs a system
which is not its boot default (--goal test) goes back to its boot default.

The profiles beside the system (deploy-rs, fleet.yaml) go back with it to what they were when the host last had that
system, as the host remembers it from its last twenty runs. Where it does not, they stay as they are, and that is said.

Usage: flurry rollback [SEL...] [flags]

${selectorHelp}
Rollback:
${localHelp}      --to GEN|PATH        this generation (a number), or this system (a store path; one host only)
      --profile NAME       take back this profile alone, as .#HOST.NAME does; \`system\` is the system without the others
      --dry-run            show what the hosts would go back to and touch nothing
  -p, --parallel N         how many hosts at a time                (default: as the fleet says, else 8)
      --prometheus FILE    write what the last runs came to for node_exporter's textfile collector, after this one
                                                                                          [env FLURRY_PROMETHEUS]

${globalHelp}
Examples:
  flurry rollback nas --dry-run            from which generation to which
  flurry rollback nas
  flurry rollback '@edge' --to 41
  flurry rollback .#nas.home               one profile, to its generation before; the system stays
`;

/** Help of `flurry runs`. */
export const runsHelp = `Show what earlier runs came to: when, who, what, and what became of each host.

Usage: flurry runs [flags]
       flurry runs ID [flags]

ID is a run's id, its beginning, its end, or \`last\`.

Runs:
  -n, --limit N            how many runs to list                                    (default: 20)
      --prometheus FILE    write what the last runs came to for node_exporter's textfile collector as well

${globalHelp}
Examples:
  flurry runs                              the last twenty runs
  flurry runs last                         every host of the last one, with its steps and errors
  flurry runs --json | jq '.runs[] | select(.state == "broken-off") | .runId'
`;

/** Help of `flurry resume`. */
export const resumeHelp = `Go on with a deployment whose deployer died or was stopped.

Hosts that were deployed are left alone. Hosts that wait for a verdict are asked, proven and committed, or followed back to
their old system. All others are deployed with the very systems of that run,
and as its command line said: deadlines, --build-on, --unreachable, --reboot, --no-secrets-check. What a machine did to
itself (--local) only that machine goes on with.

Usage: flurry resume [ID] [flags]

ID is a run as \`flurry runs\` lists it; without one the last deployment is gone on with.

Resume:
      --dry-run            show which hosts are left and touch nothing
      --no-secrets-check   do not look first whether the secrets are ready of hosts that were not evaluated yet
  -p, --parallel N         how many hosts to deploy at a time      (default: as in that run)
      --prometheus FILE    write what the last runs came to for node_exporter's textfile collector, after this one
                                                                                          [env FLURRY_PROMETHEUS]

${evaluationHelp}
${nixHelp}
${globalHelp}
Examples:
  flurry resume
  flurry resume 20261122T130501042Z --dry-run
`;

/** Help of `flurry gc`. */
export const gcHelp = `Delete old generations of hosts and collect their garbage.

Never deleted are the systems that a host runs, has booted or boots next, what a run in progress needs, and the confirmed
generation that \`flurry rollback\` would go back to. The boot menu is made anew before anything is collected. The profiles
beside the system are kept by the same rule.

Usage: flurry gc [SEL...] [flags]

${selectorHelp}
Collect:
${localHelp}      --keep N             the newest N generations stay           (default: 5, or 1 with --older-than)
      --older-than D       only generations older than this go, e.g. 14d
      --dry-run            show what would be deleted and touch nothing
  -p, --parallel N         how many hosts at a time                                 (default: 8)
      --timeout D          how long the collection may take on a host               (default: 30m)

${globalHelp}
Examples:
  flurry gc --dry-run                      what would be deleted where
  flurry gc '@edge' --keep 3
  flurry gc --older-than 14d
`;
