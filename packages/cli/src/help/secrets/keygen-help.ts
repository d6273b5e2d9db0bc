import { secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets keygen`. */
export const keygenHelp = `Make a private key of age and print its recipient.

Usage: flurry secrets keygen [flags]

Keygen:
      --output FILE        where to write the private key (mode 0600), - for standard output; nothing is overwritten
                                                                     (default: ~/.config/sops/age/keys.txt)
      --post-quantum       a key that stands against quantum computers; for age from 1.3 and sops from 3.12 on
      --passphrase         protect the key file with a passphrase, which is asked for
      --dry-run            say what would be written and write nothing

${secretsGlobalHelp}
Examples:
  flurry secrets keygen                    where sops and Flurry find it
  flurry secrets keygen --post-quantum --output backup.txt
`;
