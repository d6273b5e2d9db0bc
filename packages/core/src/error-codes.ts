/**
 * Every code that a {@link FlurryError} can carry, with one sentence on what it means.
 * Codes are stable: scripts may match on them. The sentence is what `docs/errors.md` shows.
 */
export const errorCodes = {
  // core
  FLURRY_ABORTED: "The operation was cancelled by its caller.",
  FLURRY_TIMEOUT: "The operation did not end before its deadline.",
  FLURRY_INTERNAL: "Something happened that Flurry's authors did not foresee: a bug in Flurry.",
  FLURRY_LOCKED: "Another process holds the lock that this operation needs.",
  FLURRY_PROCESS_NOT_FOUND: "A program that Flurry needs is not installed or not on PATH.",
  FLURRY_PROCESS_FAILED: "A program that Flurry ran ended with an error.",
  FLURRY_OUTPUT_TOO_LARGE: "A program printed more than Flurry is willing to keep in memory.",
  FLURRY_STORE_PATH_INVALID: "A text that should be a Nix store path is not one.",
  // schema
  FLURRY_FLEET_INVALID: "The description of the fleet has mistakes.",
  FLURRY_FLEET_NOT_FOUND: "No fleet file and no flake were found here.",
  FLURRY_SELECTOR_INVALID: "A host selector could not be parsed.",
  FLURRY_NOTHING_SELECTED: "The selection matches no host.",
  // nix
  FLURRY_NIX_NOT_FOUND: "The nix command is not installed or not on PATH.",
  FLURRY_NIX_TOO_OLD: "The installed nix lacks something that Flurry needs.",
  FLURRY_NIX_OUTPUT_INVALID: "nix printed something that Flurry cannot read.",
  FLURRY_NIX_KILLED: "A nix process was killed from outside.",
  FLURRY_NIX_OUT_OF_MEMORY: "A nix process ran out of memory.",
  FLURRY_FLAKE_NOT_FOUND: "There is no flake where one was expected.",
  FLURRY_FLAKE_INVALID: "The flake could not be read or locked.",
  FLURRY_EVAL_FAILED: "The configuration of a host does not evaluate.",
  FLURRY_EVAL_MISSING_HOST: "The flake has no configuration of that name.",
  FLURRY_BUILD_FAILED: "The system of a host could not be built.",
  FLURRY_COPY_FAILED: "A closure could not be copied to a host.",
  FLURRY_COPY_UNSIGNED: "The host refuses store paths that lack a trusted signature.",
  // ssh
  FLURRY_SSH_UNREACHABLE: "No connection to the host could be made.",
  FLURRY_SSH_HOST_KEY_UNKNOWN: "The host's key is not known yet, and unknown keys are not accepted.",
  FLURRY_SSH_HOST_KEY_CHANGED: "The host showed another key than the one that is known for it.",
  FLURRY_SSH_HOST_KEY_REVOKED: "The host showed a key that is marked as revoked.",
  FLURRY_SSH_AUTH_FAILED: "The host refused the user or every key that was offered.",
  FLURRY_SSH_CONNECTION_LOST: "The connection to the host broke while it was in use.",
  FLURRY_SSH_CHANNEL_REFUSED: "The host accepted the connection but refused to run a command over it.",
  FLURRY_SSH_CONFIG_INVALID: "The SSH options of the host could not be worked out.",
  FLURRY_SSH_UNSAFE_NAME:
    "A host or user name could be read as a command line option, or has characters that none has.",
  FLURRY_SSH_IDENTITY_UNUSABLE: "A private key file could not be read or is encrypted.",
  // deploy
  FLURRY_HOST_LOCKED: "Another deployment holds the lock of the host.",
  FLURRY_HOST_BUSY: "The host is still finishing an earlier deployment.",
  FLURRY_HOST_MOVED: "The host no longer runs the system that the plan was made against.",
  FLURRY_HOST_DISK_FULL: "There is not enough free space on the host.",
  FLURRY_HOST_UNSUITABLE: "The host lacks something that a deployment needs.",
  FLURRY_SUDO_REFUSED: "The user may not become root on the host.",
  FLURRY_ACTIVATION_FAILED: "The new system could not be activated.",
  FLURRY_ACTIVATION_TIMEOUT: "The activation of the new system did not end in time.",
  FLURRY_UNITS_FAILED: "Some units of the new system failed.",
  FLURRY_HEALTH_FAILED: "A health check failed on the new system.",
  FLURRY_NOT_CONFIRMED: "The host could not be reached on the new system and went back to the old one.",
  FLURRY_COMMIT_FAILED: "The new system could not be made the boot default.",
  FLURRY_REVERT_FAILED: "The host could not be brought back to its old system.",
  FLURRY_HOST_FORGOT: "The host has no record of the run: it forgets /var when it reboots, or someone removed it.",
  FLURRY_HOST_STATE_UNKNOWN: "The end of the deployment could not be read from the host.",
  FLURRY_REMOTE_COMMAND_FAILED: "A command on the host ended with an error.",
  // secrets: age, ssh keys, agenix
  FLURRY_AGE_HEADER_INVALID: "The header or armor of an age file is malformed.",
  FLURRY_AGE_PAYLOAD_INVALID: "The content of an age file is damaged or was changed.",
  FLURRY_AGE_TOO_LARGE: "An age file, key file or header is larger than Flurry is willing to read.",
  FLURRY_AGE_RECIPIENT_INVALID: "A text that should be an age or SSH recipient is not one.",
  FLURRY_AGE_RECIPIENTS_MIXED: "These recipients may not share a file.",
  FLURRY_AGE_IDENTITY_INVALID: "A text that should be an age identity is not one.",
  FLURRY_AGE_NO_MATCH: "None of the given identities can open the age file.",
  FLURRY_AGE_PASSPHRASE_REQUIRED: "A passphrase is needed and there is nobody to ask for it.",
  FLURRY_AGE_PASSPHRASE_WRONG: "The passphrase of an age file is wrong.",
  FLURRY_AGE_PLUGIN_NOT_FOUND: "The age plugin that a key needs is not installed or not on PATH.",
  FLURRY_AGE_PLUGIN_FAILED: "An age plugin reported an error or broke the protocol.",
  FLURRY_SSH_KEY_INVALID: "A text that should be an SSH key is not one.",
  FLURRY_SSH_KEY_UNSUPPORTED: "An SSH key is of a kind that age cannot use.",
  FLURRY_SSH_KEY_PASSPHRASE_REQUIRED: "An SSH private key is encrypted and there is nobody to ask for its passphrase.",
  FLURRY_SSH_KEY_PASSPHRASE_WRONG: "The passphrase of an SSH private key is wrong.",
  FLURRY_AGENIX_RULES_INVALID: "The rules of agenix (secrets.nix) have mistakes.",
  FLURRY_AGENIX_NO_RULE: "The rules of agenix do not name the file.",
  FLURRY_AGENIX_REKEY_FAILED: "An agenix file could not be re-encrypted; no file was changed.",
  // cli
  FLURRY_USAGE: "The command line has a mistake.",
} as const;

/** A stable name for one kind of failure; see {@link errorCodes}. */
export type FlurryErrorCode = keyof typeof errorCodes;
