import { formatHelp, secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets decrypt`. */
export const decryptHelp = `Decrypt a file, or one value of it.

Usage: flurry secrets decrypt FILE [flags]

Decrypt:
      --extract PATH       only that value, written as sops does: '["smb"]["password"]'
      --output-type FORMAT yaml, json, dotenv, ini or binary instead of the format of the file; without comments
      --output FILE        write it there (mode 0600) instead of to standard output
      --in-place           write it in the place of the encrypted file
      --dry-run            say what would be written and write nothing
${formatHelp}
${secretsGlobalHelp}
Examples:
  flurry secrets decrypt secrets/nas.yaml
  flurry secrets decrypt --extract '["smb"]["password"]' secrets/nas.yaml
  flurry secrets decrypt wifi.age --output /run/wifi
`;
