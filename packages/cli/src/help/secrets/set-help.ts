import { formatHelp, recipientHelp, secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets set`. */
export const setHelp = `Put one value into a SOPS file, or the whole content into an age file.

Usage: flurry secrets set FILE [PATH] [flags]

The value comes from --from-file, else from standard input, else it is asked for. It is never an argument, as everyone
on the machine sees those. All other values keep their ciphertext, and comments and layout stay. A file that is not there
is made.

Set:
      --from-file FILE     the value is the content of FILE; - is standard input
      --json-value         the value is JSON: a number, a list, a map
      --raw                keep a line feed at the end of a value of one line
      --dry-run            say what would be written and write nothing
${formatHelp}
${recipientHelp}
${secretsGlobalHelp}
Examples:
  flurry secrets set secrets/nas.yaml smb.password
  flurry secrets set secrets/nas.yaml tls.key --from-file key.pem
  flurry secrets set secrets/nas.yaml ports --json-value --from-file ports.json
`;
