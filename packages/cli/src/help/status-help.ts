import { evaluationHelp, globalHelp, localHelp, nixHelp, selectorHelp } from "./shared-help.ts";

/** Help of `flurry status`. */
export const statusHelp = `Show what hosts run against what the flake says: drift, generation, failed units, uptime, disk.

Usage: flurry status [SEL...] [flags]

${selectorHelp}
Status:
${localHelp}      --no-eval            do not evaluate what the hosts should run (quick, but shows no drift)
  -p, --parallel N         how many hosts to ask at a time                          (default: 16)
      --prometheus FILE    write this and what the last runs came to for node_exporter's textfile collector as well

${evaluationHelp}
${nixHelp}
${globalHelp}
Examples:
  flurry status                            every host
  flurry status '@edge' --no-eval          only ask
  flurry status -q --prometheus /var/lib/node_exporter/flurry.prom
  flurry status --json | jq '.hosts[] | select(.state != "ok") | .host'
`;

/** Help of `flurry exec`. */
export const execHelp = `Run a command on hosts at once; each line of output stands behind its host's name.

Usage: flurry exec SEL... [flags] -- CMD [ARG...]
       flurry exec --local [flags] -- CMD [ARG...]

Each word arrives on the host as it is; for pipes and variables write: -- sh -c '…'
What it prints is read as lines of UTF-8: a file is better fetched with scp.

${selectorHelp}
Run:
${localHelp}      --sudo               run it as the deployment's user (usually root) instead of the ssh user
  -p, --parallel N         how many hosts to run on at a time                       (default: 16)
      --timeout D          how long it may take on a host, which then ends it       (default: 10m)
      --group              when all have ended, print once what hosts have in common

${globalHelp}
Exit code: 0 when the command ended with 0 on every host, else 1. With --sudo as another ssh user the host cannot end what
takes too long: it may go on there.

Examples:
  flurry exec '*' -- uptime
  flurry exec '*' --group -- uname -r
  flurry exec nas --sudo -- systemctl restart nginx.service
  flurry exec '@edge' --json -- cat /etc/os-release
`;
