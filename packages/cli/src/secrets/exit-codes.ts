import type { FlurryErrorCode } from "@flurry/core";

/** The exit codes of sops, which scripts around it know. Source: cmd/sops/codes/codes.go. */
export const sopsExitCodes = {
  couldNotReadInput: 2,
  couldNotWriteOutput: 3,
  couldNotDumpTree: 4,
  configUnreadable: 5,
  encryptingTree: 23,
  decryptingTree: 25,
  macMismatch: 51,
  configNotFound: 61,
  invalidPath: 91,
  noFile: 100,
  noEncryptionKey: 111,
  noDecryptionKey: 128,
  notModified: 200,
  noEditor: 201,
  alreadyEncrypted: 203,
} as const;

const codes: Partial<Record<FlurryErrorCode, number>> = {
  FLURRY_SOPS_SYNTAX: sopsExitCodes.couldNotReadInput,
  FLURRY_SOPS_LIMIT: sopsExitCodes.couldNotReadInput,
  FLURRY_SOPS_METADATA_INVALID: sopsExitCodes.couldNotReadInput,
  FLURRY_AGE_HEADER_INVALID: sopsExitCodes.couldNotReadInput,
  FLURRY_AGE_TOO_LARGE: sopsExitCodes.couldNotReadInput,
  FLURRY_SECRETS_WRITE_REFUSED: sopsExitCodes.couldNotWriteOutput,
  FLURRY_SOPS_VALUE_UNSUPPORTED: sopsExitCodes.couldNotDumpTree,
  FLURRY_SOPS_SELECTOR_CLASH: sopsExitCodes.encryptingTree,
  FLURRY_SOPS_VALUE_DAMAGED: sopsExitCodes.decryptingTree,
  FLURRY_SOPS_VALUE_NOT_ENCRYPTED: sopsExitCodes.decryptingTree,
  FLURRY_AGE_PAYLOAD_INVALID: sopsExitCodes.decryptingTree,
  FLURRY_SOPS_MAC_MISMATCH: sopsExitCodes.macMismatch,
  FLURRY_SOPS_PATH_INVALID: sopsExitCodes.invalidPath,
  FLURRY_SECRETS_FILE_NOT_FOUND: sopsExitCodes.noFile,
  FLURRY_POLICY_INVALID: sopsExitCodes.configNotFound,
  FLURRY_SECRETS_NO_RECIPIENTS: sopsExitCodes.noEncryptionKey,
  FLURRY_SOPS_NO_KEY: sopsExitCodes.noDecryptionKey,
  FLURRY_SOPS_KEY_DAMAGED: sopsExitCodes.noDecryptionKey,
  FLURRY_SOPS_KEY_LOCKED: sopsExitCodes.noDecryptionKey,
  FLURRY_AGE_NO_MATCH: sopsExitCodes.noDecryptionKey,
  FLURRY_AGE_PASSPHRASE_REQUIRED: sopsExitCodes.noDecryptionKey,
  FLURRY_AGE_PASSPHRASE_WRONG: sopsExitCodes.noDecryptionKey,
  FLURRY_SSH_KEY_PASSPHRASE_REQUIRED: sopsExitCodes.noDecryptionKey,
  FLURRY_SSH_KEY_PASSPHRASE_WRONG: sopsExitCodes.noDecryptionKey,
  // To sops a source of keys that does not work is one without keys.
  FLURRY_SECRETS_KEY_COMMAND_FAILED: sopsExitCodes.noDecryptionKey,
  FLURRY_AGE_IDENTITY_INVALID: sopsExitCodes.noDecryptionKey,
  FLURRY_SECRETS_NO_EDITOR: sopsExitCodes.noEditor,
  FLURRY_SOPS_ALREADY_ENCRYPTED: sopsExitCodes.alreadyEncrypted,
};

/** The exit code of sops for a failure that sops has as well. */
export function sopsExitCodeOf(code: FlurryErrorCode): number | undefined {
  return codes[code];
}
