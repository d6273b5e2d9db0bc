import { secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets revoke`. */
export const revokeHelp = `Take a host or an admin out of the policy and give every file that they could read a new data key: all files or none.

Usage: flurry secrets revoke NAME [flags]

What they have read they know, and what is in git they can read for ever. So this ends with a list, from the whole
history of git, of every value that they could ever read: change these where they come from. In a .sops.yaml that says
of a key only what it is and not whose, NAME is the key itself.

      --dry-run            say what would be done, with the list; no key is needed

${secretsGlobalHelp}
Examples:
  flurry secrets revoke bob --dry-run
  flurry secrets revoke old-laptop --json | jq '.exposure[] | select(.now != "gone")'
`;
