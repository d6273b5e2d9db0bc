// age
export { isAgeFile, isArmored, withArmor, withoutArmor } from "./age/armor.ts";
export { decryptAge, resolveIdentities } from "./age/decrypt.ts";
export type { AgeIdentity, DecryptAgeOptions, LazyIdentities } from "./age/decrypt.ts";
export { encryptAge, encryptAgeWithPassphrase } from "./age/encrypt.ts";
export type { EncryptAgeOptions } from "./age/encrypt.ts";
export { findIdentities } from "./age/find-identities.ts";
export type { FindIdentitiesOptions } from "./age/find-identities.ts";
export { parseAgeHeader, printAgeHeader } from "./age/header.ts";
export type { AgeHeader, AgeHeaderLimits, AgeStanza } from "./age/header.ts";
export { identityOf, openIdentity, parseIdentityFile, unlockIdentities } from "./age/identity-file.ts";
export type {
  IdentityFileOptions,
  IdentitySource,
  KeyCommand,
  OpenIdentityOptions,
  UnlockedIdentity,
} from "./age/identity-file.ts";
export { inspectAge } from "./age/inspect.ts";
export type { AgeInspection, InspectedRecipient } from "./age/inspect.ts";
export type { LabelledRecipient, WrappedFileKey } from "./age/labels.ts";
export { LockedSshIdentity } from "./age/locked-ssh-identity.ts";
export type { LockedSshIdentityOptions } from "./age/locked-ssh-identity.ts";
export type { AskPassphrase, PassphraseRequest } from "./age/passphrase.ts";
export type { PluginProcessOptions } from "./age/plugin-connection.ts";
export { pluginOfIdentity, pluginOfRecipient } from "./age/plugin-name.ts";
export { PluginIdentity, PluginRecipient } from "./age/plugin.ts";
export type { PluginOptions, PluginUi } from "./age/plugin.ts";
export { newIdentity, printIdentityFile } from "./age/new-identity.ts";
export type { NewIdentity } from "./age/new-identity.ts";
export { parseRecipientFile } from "./age/recipient-file.ts";
export type { RecipientFile } from "./age/recipient-file.ts";
export { matchStanza } from "./age/recipient-tags.ts";
export type { StanzaMatch } from "./age/recipient-tags.ts";
export { parseRecipient } from "./age/recipient.ts";
export type { AgeRecipient } from "./age/recipient.ts";
export { checkRecipients } from "./age/recipients-rules.ts";
export { ScryptIdentity } from "./age/scrypt-identity.ts";
export { looksLikePrivateKey, parseSshPrivateKey, publicKeyOf, unlockSshPrivateKey } from "./age/ssh-private-key.ts";
export type { SshPrivateKey, SshPrivateKeyOptions } from "./age/ssh-private-key.ts";
export { parseSshPublicKey, parseSshPublicKeyBlob, sshKeyTag, sshPublicKeyLine } from "./age/ssh-public-key.ts";
export type { KeySourceOptions, SshEd25519PublicKey, SshPublicKey, SshRsaPublicKey } from "./age/ssh-public-key.ts";
export type { SshSecretKey } from "./age/ssh-secret-key.ts";
export {
  SshEd25519Identity,
  SshEd25519Recipient,
  sshIdentity,
  sshRecipient,
  SshRsaIdentity,
  SshRsaRecipient,
} from "./age/ssh-stanzas.ts";
export { sshToAgeIdentity, sshToAgeRecipient, sshToAgeRecipients } from "./age/ssh-to-age.ts";
export type { ConvertedRecipients } from "./age/ssh-to-age.ts";
export { X25519Identity, X25519Recipient } from "./age/x25519-stanza.ts";
// agenix
export { recipientDrift } from "./agenix/drift.ts";
export type { RecipientDrift } from "./agenix/drift.ts";
export { decryptAgenixFile, encryptForRule, readAgenixFile, writeAgenixFile } from "./agenix/file.ts";
export type { AgenixFile } from "./agenix/file.ts";
export { planAgenixRekey, prepareAgenixRekey, writeAgenixRewrites } from "./agenix/rekey.ts";
export type { AgenixRekeyEntry, AgenixRekeyOptions, AgenixRewrite } from "./agenix/rekey.ts";
export { agenixRuleFor, parseAgenixRules, readAgenixRules } from "./agenix/rules.ts";
export type { AgenixRule, AgenixRules, AgenixRulesOptions, EvaluateNix } from "./agenix/rules.ts";
// files
export { editorCommand } from "./files/editor.ts";
export type { EditorCommand } from "./files/editor.ts";
export { findEncryptedFiles, inspectFile } from "./files/find-files.ts";
export type { EncryptedFile } from "./files/find-files.ts";
export { memoryFolder } from "./files/memory-folder.ts";
export type { MemoryFolder, MemoryFolderOptions } from "./files/memory-folder.ts";
export { servePipe } from "./files/served-pipe.ts";
export type { ServedPipe, ServePipeOptions } from "./files/served-pipe.ts";
export { shellWords } from "./files/shell-words.ts";
export { writeSecretFile } from "./files/write-file.ts";
export type { WriteFileOptions } from "./files/write-file.ts";
// audit: what keys and history prove
export { auditFiles } from "./audit/audit-files.ts";
export type { AuditFilesOptions, FileAudit } from "./audit/audit-files.ts";
export { auditHistory } from "./audit/history.ts";
export type { HistoryAudit } from "./audit/history.ts";
export { exposureOf } from "./audit/exposure.ts";
export type { ExposedValue } from "./audit/exposure.ts";
export type { GitOptions } from "./audit/git-history.ts";
// policy: who may read which file
export { addHostToPolicy } from "./policy/change/add-host.ts";
export type { AddHostRequest } from "./policy/change/add-host-request.ts";
export type { PolicyChange } from "./policy/change/policy-change.ts";
export { removeFromPolicy } from "./policy/change/remove-reader.ts";
export { checkPolicy } from "./policy/check.ts";
export type { CheckPolicyOptions } from "./policy/check.ts";
export { explainAccess, findReader } from "./policy/explain.ts";
export type { AccessExplanation } from "./policy/explain.ts";
export { accessMatrix, allReaders } from "./policy/matrix.ts";
export type { Access, AccessMatrix, MatrixRow } from "./policy/matrix.ts";
export type { FileDrift, FileReader } from "./policy/file-drift.ts";
export { fleetPolicy, fleetReaders } from "./policy/fleet-policy.ts";
export type { FleetPolicyOptions } from "./policy/fleet-policy.ts";
export { hostRecipientKeys } from "./policy/host-recipients.ts";
export type { HostRecipientKeys } from "./policy/host-recipients.ts";
export type { ListFilesOptions } from "./policy/list-files.ts";
export { loadPolicy } from "./policy/load-policy.ts";
export type { LoadedPolicy, LoadPolicyOptions } from "./policy/load-policy.ts";
export { agenixPolicy } from "./policy/agenix-policy.ts";
export { canonicalKey, keyDifference, shortKey } from "./policy/policy-key.ts";
export type { PolicyKey } from "./policy/policy-key.ts";
export { readerOf, ruleFor } from "./policy/policy.ts";
export type { Policy, PolicyRule, PolicySource, Reader } from "./policy/policy.ts";
export type { InspectOptions, SecretFile } from "./policy/secret-file.ts";
export { requireUsablePolicy } from "./policy/usable-policy.ts";
export { namedReader } from "./policy/rules-for-host.ts";
export type { ChosenRule, HostRulesRequest } from "./policy/rules-for-host.ts";
export { sopsPolicy } from "./policy/sops-policy.ts";
export type { PolicyOptions } from "./policy/sops-policy.ts";
// rekey: files brought to their policy, all or none
export { addHost, applyReadersChange, planAddHost, planRevoke, revoke } from "./rekey/change-readers.ts";
export type { ReadersChange } from "./rekey/change-readers.ts";
export type { FileWrite } from "./rekey/journal.ts";
export { planOf, planRekey, readPolicyFiles } from "./rekey/plan.ts";
export type { PlanOptions, PolicyFile, RekeyPlan } from "./rekey/plan.ts";
export type { RekeyJob, RekeyKeys } from "./rekey/rekey-job.ts";
export { prepareRekey, prepareRotation, rekey, rotate } from "./rekey/rekey.ts";
export type { ApplyRekeyOptions, PreparedRekey, RekeyedFile, RekeyOptions } from "./rekey/rekey.ts";
export type { RunJobsOptions } from "./rekey/run-jobs.ts";
export { interruptedWrites, recoverWrites, writeTogether } from "./rekey/transaction.ts";
export type { Recovery, TransactionOptions } from "./rekey/transaction.ts";
// host: what a host's configuration declares, against the files
export { checkHostSecrets } from "./host/check-host-secrets.ts";
export type { CheckHostSecretsOptions } from "./host/check-host-secrets.ts";
export type { HostSecretProblem, HostSecrets, SecretContent } from "./host/host-secrets.ts";
// merge
export { isConflictText } from "./merge/conflict-text.ts";
export { mergeSops } from "./merge/merge-sops.ts";
export type { MergedSops, MergeOptions, MergeSides } from "./merge/merge-sops.ts";
// sops
export { foreignKeys, rotateSops, updateRecipients } from "./sops/change-recipients.ts";
export type { RecipientOptions } from "./sops/change-recipients.ts";
export { changeValues } from "./sops/change-values.ts";
export type { ValueChange } from "./sops/change-values.ts";
export { changesWithoutKey } from "./sops/changes-without-key.ts";
export { nodeAs, plaintextAs } from "./sops/convert-plaintext.ts";
export type { OpenedDataKey, WrapGroup } from "./sops/data-key.ts";
export { inDecryptionOrder, parseDecryptionOrder } from "./sops/decryption-order.ts";
export { findingsOf, parseSops, plaintextOf, treesOf, unlockSops, unlockWith, valueAt } from "./sops/document.ts";
export type { ParseSopsOptions, SopsFile, UnlockedSops } from "./sops/document.ts";
export { encryptSops } from "./sops/encrypt-document.ts";
export type { EncryptOptions } from "./sops/encrypt-document.ts";
export { environmentOf } from "./sops/environment.ts";
export type { ChangeOptions, SopsGuard } from "./sops/guard.ts";
export { ageOpener, ageWrapper } from "./sops/keys/age.ts";
export type { AgeRecipientOptions } from "./sops/keys/age.ts";
export { gpgOpener, gpgWrapper } from "./sops/keys/gpg.ts";
export type { GpgOptions } from "./sops/keys/gpg.ts";
export { pgpOpener, pgpWrapper } from "./sops/keys/pgp.ts";
export type { PgpPrivateKey } from "./sops/keys/pgp.ts";
export { keyName, keyTypes } from "./sops/master-key.ts";
export type { KeyGroup, KeyOpener, KeyType, KeyWrapper, MasterKey } from "./sops/master-key.ts";
export type { Metadata } from "./sops/metadata.ts";
export type { OpenedText, OpenedTexts } from "./sops/open-values.ts";
export { newPlaintext } from "./sops/new-plaintext.ts";
export { commandOpeners, sopsOpeners } from "./sops/openers.ts";
export { parsePath } from "./sops/parse-path.ts";
export { fromPlain, toPlain } from "./sops/plain-value.ts";
export type { PlainValue } from "./sops/plain-value.ts";
export { replacePlaintext } from "./sops/replace-plaintext.ts";
export { compileSelector, defaultSelector, sameSelector, selectorKinds } from "./sops/selection.ts";
export type { CompiledSelector, Selector, SelectorKind } from "./sops/selection.ts";
export { sopsFormats } from "./sops/stores/store.ts";
export type { ParsedText, ReadOptions, SopsFormat, TextEdit } from "./sops/stores/store.ts";
export { sopsFormatOf } from "./sops/stores/stores.ts";
export { entriesOf, itemsOf, nodeAt, printPath } from "./sops/tree.ts";
export type { CommentNode, Entry, Leaf, ListNode, MapNode, Scalar, Span, TreeNode, TreePath } from "./sops/tree.ts";
