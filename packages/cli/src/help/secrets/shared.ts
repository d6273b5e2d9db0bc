import { globalHelp } from "../shared-help.ts";

/** Flags that every command on secrets takes. */
export const secretsGlobalHelp = `Keys:
  -i, --identity FILE      private keys to open files with: age, SSH, or age with a passphrase; may be given several
                           times. Without it: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, SOPS_AGE_KEY_CMD,
                           SOPS_AGE_SSH_PRIVATE_KEY_FILE, SOPS_AGE_SSH_PRIVATE_KEY_CMD, ~/.config/sops/age/keys.txt,
                           ~/.ssh/id_ed25519 and ~/.ssh/id_rsa, all that there are, and gpg for PGP keys.
                           SOPS_DECRYPTION_ORDER says which kind is tried first (default: age,pgp)

${globalHelp}`;

/** The format of a file. */
export const formatHelp = `      --input-type FORMAT  yaml, json, dotenv, ini or binary, where the name of the file does not tell
`;

/** For whom a new file is encrypted. */
export const recipientHelp = `A file that is new:
      --age RECIPIENT      age1..., ssh-ed25519 ... or ssh-rsa ...; several with commas or several times
                                                                                   [env SOPS_AGE_RECIPIENTS]
      --pgp FINGERPRINT    a key that gpg knows                                            [env SOPS_PGP_FP]
                           without these: secrets of fleet.yaml, else .sops.yaml [env SOPS_CONFIG],
                           else secrets.nix [env RULES]
      --armor              write an age file as text
      --encrypted-regex RE, and its five kin: what of a SOPS file is encrypted, as in .sops.yaml
      --unencrypted-regex RE
      --encrypted-suffix TEXT
      --unencrypted-suffix TEXT
      --encrypted-comment-regex RE
      --unencrypted-comment-regex RE
      --mac-only-encrypted the MAC covers encrypted values only
`;
