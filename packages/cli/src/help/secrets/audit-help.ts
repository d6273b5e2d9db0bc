import { secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets audit`. */
export const auditHelp = `Everything that can be proved: flurry secrets check, every file opened and its MAC verified with your keys, what sops
accepts though nobody with the key may have written it, secrets in clear in any commit, and what readers of old know.

Usage: flurry secrets audit [FILE|FOLDER...] [flags]

${secretsGlobalHelp}
Exit code: 1 when there are errors, else 0. With files named, git history is left out.

Examples:
  flurry secrets audit
  flurry secrets audit --json | jq '.formerReaders'
`;
