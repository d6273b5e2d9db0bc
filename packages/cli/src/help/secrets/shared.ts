import { globalHelp } from "../shared-help.ts";

/** Flags that every command on secrets takes. */
export const secretsGlobalHelp = `Keys:
  -i, --identity FILE      private keys to open files with: age, SSH, or age with a passphrase; may be given several
                           times. Without it: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, SOPS_AGE_KEY_CMD,
                           SOPS_AGE_SSH_PRIVATE_KEY_FILE, SOPS_AGE_SSH_PRIVATE_KEY_CMD, ~/.config/sops/age/keys.txt,
                           ~/.ssh/id_ed25519 and ~/.ssh/id_rsa, all that there are

${globalHelp}`;
