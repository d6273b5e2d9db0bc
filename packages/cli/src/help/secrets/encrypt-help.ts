import { formatHelp, recipientHelp, secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets encrypt`. */
export const encryptHelp = `Encrypt a file in clear: to an age file when its name ends with .age, else to a SOPS file.

Usage: flurry secrets encrypt FILE [flags]

Encrypt:
      --output FILE        write it there instead of to standard output
      --in-place           write it in the place of the file in clear
      --filename-override NAME  the name that rules and formats go by, for - (standard input)
      --dry-run            say what would be written and write nothing
${formatHelp}
${recipientHelp}
${secretsGlobalHelp}
Examples:
  flurry secrets encrypt --in-place secrets/nas.yaml
  flurry secrets encrypt wifi.txt --output wifi.age
  flurry secrets encrypt --age age1... --encrypted-regex '^(data|stringData)$' secret.yaml
`;
