import { globalHelp, localHelp, nixHelp, selectorHelp } from "./shared-help.ts";

/** Help of `flurry upload-keys`. */
export const uploadKeysHelp = `Bring hosts their keys (deployment.keys of a Colmena hive) without an activation.

A host gets what it lacks, or has with another content, owner or mode: all of it or nothing. Values are made on this machine
and are only in memory until they are a file on the host. Keys in /run/keys are gone after a reboot; this brings them back.

Usage: flurry upload-keys [SEL...] [flags]

${selectorHelp}
Keys:
${localHelp}      --dry-run            make the values, show which would be sent and touch nothing
  -p, --parallel N         how many hosts at a time                (default: as the fleet says, else 10)

${nixHelp}
${globalHelp}
Examples:
  flurry upload-keys                       all keys of every host
  flurry upload-keys '@edge' --dry-run     what these lack
`;
