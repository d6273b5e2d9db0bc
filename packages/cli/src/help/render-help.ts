import { globalHelp } from "./shared-help.ts";

/** Help of `flurry render`. */
export const renderHelp = `Write what is generated from the fleet file: flake.nix, and for its secrets .sops.yaml or secrets.nix and secrets/hosts.nix.

A generated file that someone edited is never overwritten: the difference is shown and nothing is written.
A file that was hand-written from the beginning is left alone.

Usage: flurry render [flags]

Render:
      --check              write nothing; end with 1 when a file is not what the fleet file gives (for CI)
      --diff               show how each file changes
      --dry-run            show what would be written
      --adopt FILE         generate this hand-written file from now on; what was there is kept in .flurry/replaced
      --force FILE         write over the edits in this generated file; what was there is kept in .flurry/replaced

${globalHelp}
Examples:
  flurry render                            after a change of fleet.yaml
  flurry render --dry-run --diff           what that would change
  flurry render --adopt flake.nix          from a hand-written flake to a generated one
`;
