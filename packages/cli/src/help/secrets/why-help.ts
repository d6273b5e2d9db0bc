import { secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets why`. */
export const whyHelp = `Say why a host or an admin can read a file, or cannot: the rule, the key, and what the file itself says. No key is needed.

Usage: flurry secrets why NAME FILE [flags]

${secretsGlobalHelp}
Examples:
  flurry secrets why gateway secrets/fleet.yaml
  flurry secrets why alice secrets/nas.yaml --json
`;
