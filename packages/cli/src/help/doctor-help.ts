import { globalHelp } from "./shared-help.ts";

/** Help of `flurry doctor`. */
export const doctorHelp = `Look at what Flurry needs of this machine: Nix, store, recorder, cache, cores, memory, ssh, git,
and over what the hosts of the fleet file are reached, and why.

Usage: flurry doctor [flags]

The recorder sees which files the evaluation of a host reads, so that a change evaluates only the hosts that it affects.

Flags:
      --build-recorder     where no recorder fits this machine: compile one by the C compiler of your flake's nixpkgs

${globalHelp}
Exit code: 1 when something is missing that Flurry cannot work without, else 0.

Examples:
  flurry doctor                            as a table, with what to do below it
  flurry doctor --build-recorder           and a recorder for this machine, should it have none
  flurry doctor --json | jq '.findings[] | select(.status != "ok")'
`;
