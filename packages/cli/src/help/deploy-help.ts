import { buildOnHelp, evaluationHelp, globalHelp, localHelp, nixHelp, selectorHelp } from "./shared-help.ts";

/** Help of `flurry deploy`. */
export const deployHelp = `Evaluate, build, copy and activate the systems of hosts.

A host that cannot be reached on its new system goes back to the old one by itself.

Usage: flurry deploy [SEL...] [flags]

${selectorHelp}
Deployment:
      --goal GOAL          switch: activate and make it the boot default            (default)
                           test: activate; a reboot brings the old system back
                           boot: make it the boot default without activating it
                           dry-activate: only say what an activation would do
                           push: only bring it to the host's store, where it is kept from collection
                           build: only build it
      --boot               the same as --goal boot
      --dry-activate       the same as --goal dry-activate
${buildOnHelp}${localHelp}      --dry-run            show which hosts would change and touch nothing (flurry plan tells how)
      --plan FILE          carry out a plan of flurry plan --out, only if hosts and flake are as they were then
      --changed            only hosts that do not run what the flake says
      --since REV          with --changed: only hosts that what changed since the revision affects
      --unreachable WHAT   fail, or skip: leave hosts out that cannot be reached         (default: as the fleet says)
  -p, --parallel N         how many hosts to deploy at a time      (default: as the fleet says, else 10)
      --reboot             reboot hosts that need it once they are deployed, and prove that they are back on the new system;
                           with systemd-boot or GRUB a host that crashes comes up on the old one
      --force-reboot       the same for every host
      --reboot-timeout D   how long a host may take to come back                    (default: 10m)
      --confirm-timeout D  how long a host waits to be reached before it goes back, e.g. 240s or 5m
      --activation-timeout D
                           how long an activation may take before the host goes back
      --magic-rollback WHAT
                           true or false: whether a host goes back that nobody can reach (default: as the fleet says)
      --auto-rollback WHAT
                           true or false: whether a host goes back whose activation fails (default: as the fleet says)
      --force-replace-unknown-profiles
                           also hosts with replaceUnknownProfiles = false that run what this machine does not know
      --no-keys            do not upload the keys of hosts (deployment.keys of a hive)
      --prometheus FILE    write what the last runs came to for node_exporter's textfile collector, after this one
                                                                                          [env FLURRY_PROMETHEUS]
      --no-secrets-check   do not look first whether the files of the hosts' secrets are there, have their keys and open
                           with the hosts' keys

${evaluationHelp}
${nixHelp}
${globalHelp}
With --local nothing can break on the way, so that what is proven is less: a new process of this machine, its health checks
and, for somebody who is logged in over ssh, that sshd still answers there. Whether others reach it shows from elsewhere only.

Interrupting: the first Ctrl-C starts no further host and lets the running ones finish, the second stops at once.

Examples:
  flurry deploy                            every host
  flurry deploy nas --dry-run              what would change on nas
  flurry deploy --changed --since HEAD~1   the hosts that the last commit affects
  flurry deploy --plan week.plan           what was planned, and nothing else
  flurry deploy '@edge' -p 1               the hosts with the tag edge, one after the other
  flurry deploy --local                    this machine, as nixos-rebuild switch does
  flurry deploy .#nas --boot               in deploy-rs' spelling
  flurry deploy --json > run.ndjson        every event as JSON, the report in the last line
`;
