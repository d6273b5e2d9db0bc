import { evaluationHelp, globalHelp, nixHelp } from "./shared-help.ts";

/** Help of `flurry inputs`. */
export const inputsHelp = `What the flake pins: list it, audit it, update it, compare it.

Usage: flurry inputs [ls] [flags]
       flurry inputs audit [flags]
       flurry inputs update [INPUT...] [flags]
       flurry inputs diff REV1 [REV2] [flags]

  ls                       every input with its revision, its age and who uses it
  audit                    inputs that lead nowhere, that nobody pinned or only this machine has; names of the registry,
                           a second nixpkgs, missing follows, dead release branches, old pins
  update                   updates the lock file in a copy, evaluates every host before and after, shows what that changes
                           on each, and then writes; nothing is written when a host does not evaluate any more
  diff                     what differs between two revisions, or between one and the work tree

Update:
      --commit             commit flake.lock, with what changes as the message
      --dry-run            show what an update changes and write nothing
  -y, --yes                write although hosts do not evaluate any more

${evaluationHelp}
${nixHelp}
${globalHelp}
Exit code: 1 when an audit finds errors, 4 when hosts do not evaluate after an update, else 0.

Examples:
  flurry inputs
  flurry inputs audit --json | jq '.findings[] | select(.severity == "error")'
  flurry inputs update nixpkgs --dry-run   what a newer nixpkgs would change on each host
  flurry inputs update --commit
  flurry inputs diff HEAD~10               what moved in the last ten commits
`;
