import { formatHelp, secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets unset`. */
export const unsetHelp = `Take one value, or all below a path, out of a SOPS file.

Usage: flurry secrets unset FILE PATH [flags]

Unset:
      --idempotent         it is no error when there is no such value
      --dry-run            say what would be written and write nothing
${formatHelp}
${secretsGlobalHelp}
The value can still be read in the history of the repository: change it where it comes from.

Examples:
  flurry secrets unset secrets/nas.yaml smb.password
  flurry secrets unset secrets/nas.yaml 'users[1]' --dry-run
`;
