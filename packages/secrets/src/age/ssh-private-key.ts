import { FlurryError } from "@flurry/core";
import { base64 } from "@scure/base";

import { atPlace, atPlaceAsync } from "./at-place.ts";
import { openOpenSshKeyV1, parseOpenSshKeyV1 } from "./openssh-key-v1.ts";
import type { AskPassphrase } from "./passphrase.ts";
import { unlockWithPassphrase } from "./passphrase.ts";
import { parseSshPublicKey, parseSshPublicKeyBlob } from "./ssh-public-key.ts";
import type { SshPublicKey } from "./ssh-public-key.ts";
import { isEncryptedPem, readPemSecretKey } from "./ssh-secret-key.ts";
import type { SshSecretKey } from "./ssh-secret-key.ts";

/** A private key file that has been read but, if it has a passphrase, not opened. */
export interface SshPrivateKey {
  /** How to call the key when asking for its passphrase: usually its file. */
  readonly name: string;
  readonly encrypted: boolean;
  /** Known without the passphrase for OpenSSH's own format; for encrypted PEM only from a `.pub` file. */
  readonly publicKey: SshPublicKey | undefined;
  /**
   * Opens the key.
   *
   * @param passphrase - needed only when `encrypted`
   * @throws FlurryError FLURRY_SSH_KEY_PASSPHRASE_WRONG, FLURRY_SSH_KEY_INVALID
   */
  open(passphrase: string | undefined, signal?: AbortSignal): Promise<SshSecretKey>;
}

/** Options of {@link parseSshPrivateKey}. */
export interface SshPrivateKeyOptions {
  /** Shown when the passphrase is asked for. Default: "the SSH key". */
  readonly name?: string;
  /** The content of the `.pub` file beside the key, so that encrypted PEM keys are opened only when they match. */
  readonly publicKey?: string;
}

const maxKeyBytes = 64 * 1024;
const opensshPem =
  /^-----BEGIN OPENSSH PRIVATE KEY-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n-----END OPENSSH PRIVATE KEY-----$/;

/** Whether a text is a private key in PEM armor (of any kind), rather than a file of age identities. */
export function looksLikePrivateKey(text: string): boolean {
  return /^\s{0,1024}-----BEGIN (?!AGE )/.test(text);
}

/**
 * Reads a private key as ssh-keygen writes it: OpenSSH's own format, PKCS#1 or PKCS#8; RSA or ed25519.
 *
 * @throws FlurryError FLURRY_SSH_KEY_INVALID, FLURRY_SSH_KEY_UNSUPPORTED, FLURRY_AGE_TOO_LARGE; its place is `name`
 */
export function parseSshPrivateKey(text: string, options: SshPrivateKeyOptions = {}): SshPrivateKey {
  const { name = "the SSH key" } = options;
  return atPlace(options.name === undefined ? undefined : { file: name }, () => {
    if (text.length > maxKeyBytes)
      throw new FlurryError("FLURRY_AGE_TOO_LARGE", `A private key of more than ${maxKeyBytes} bytes is not read`);
    const pem = text.trim();
    if (pem.startsWith("-----BEGIN OPENSSH PRIVATE KEY-----")) return fromOpenSsh(pem, name);
    if (!pem.startsWith("-----BEGIN "))
      throw new FlurryError("FLURRY_SSH_KEY_INVALID", "This is not an SSH private key", {
        hint: 'It should begin with "-----BEGIN OPENSSH PRIVATE KEY-----".',
      });
    return fromPem(pem, { name, publicKey: options.publicKey });
  });
}

/**
 * Opens a private key, asking for its passphrase if it has one.
 *
 * @throws FlurryError FLURRY_SSH_KEY_PASSPHRASE_REQUIRED, FLURRY_SSH_KEY_PASSPHRASE_WRONG, FLURRY_SSH_KEY_INVALID
 */
export async function unlockSshPrivateKey(
  key: SshPrivateKey,
  options: { readonly askPassphrase?: AskPassphrase | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<SshSecretKey> {
  if (!key.encrypted) return key.open(undefined, options.signal);
  return unlockWithPassphrase({
    ...options,
    what: key.name,
    required: "FLURRY_SSH_KEY_PASSPHRASE_REQUIRED",
    wrong: "FLURRY_SSH_KEY_PASSPHRASE_WRONG",
    open: (passphrase) => key.open(passphrase, options.signal),
  });
}

/** The public half of an opened key. */
export function publicKeyOf(secret: SshSecretKey): SshPublicKey {
  return parseSshPublicKeyBlob(secret.blob);
}

function fromOpenSsh(pem: string, name: string): SshPrivateKey {
  const body = opensshPem.exec(pem)?.[1];
  if (body === undefined)
    throw new FlurryError("FLURRY_SSH_KEY_INVALID", "The SSH private key is cut off or has foreign text in it");
  let bytes: Uint8Array;
  try {
    bytes = base64.decode(body.replaceAll(/[\r\n]/g, ""));
  } catch {
    // The cause would quote the key.
    throw new FlurryError("FLURRY_SSH_KEY_INVALID", "The SSH private key is not valid base64");
  }
  const container = parseOpenSshKeyV1(bytes);
  return {
    name,
    encrypted: container.kdf !== undefined,
    publicKey: container.publicKey,
    open: (passphrase, signal) =>
      atPlaceAsync({ file: name }, () => openOpenSshKeyV1(container, passphrase ?? "", signal)),
  };
}

function fromPem(
  pem: string,
  { name, publicKey }: { readonly name: string; readonly publicKey: string | undefined },
): SshPrivateKey {
  const stated = publicKey === undefined ? undefined : parseSshPublicKey(publicKey, { place: { file: `${name}.pub` } });
  if (!isEncryptedPem(pem)) {
    const secret = readPemSecretKey(pem, undefined);
    return { name, encrypted: false, publicKey: publicKeyOf(secret), open: () => Promise.resolve(secret) };
  }
  return {
    name,
    encrypted: true,
    publicKey: stated,
    open: (passphrase) =>
      atPlaceAsync({ file: name }, async () => {
        const secret = await Promise.resolve(readPemSecretKey(pem, passphrase ?? ""));
        if (stated !== undefined && publicKeyOf(secret).tag !== stated.tag)
          throw new FlurryError("FLURRY_SSH_KEY_INVALID", `${name}.pub does not belong to ${name}`);
        return secret;
      }),
  };
}
