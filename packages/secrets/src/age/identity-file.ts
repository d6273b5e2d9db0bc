import { FlurryError } from "@flurry/core";
import type { Place } from "@flurry/core";
import { Decrypter } from "age-encryption";

import { isAgeFile } from "./armor.ts";
import { atPlace } from "./at-place.ts";
import { decryptAge } from "./decrypt.ts";
import type { AgeIdentity } from "./decrypt.ts";
import { inspectAge } from "./inspect.ts";
import { LockedSshIdentity } from "./locked-ssh-identity.ts";
import type { AskPassphrase } from "./passphrase.ts";
import { unlockWithPassphrase } from "./passphrase.ts";
import { pluginOfIdentity } from "./plugin-name.ts";
import { PluginIdentity } from "./plugin.ts";
import type { PluginOptions } from "./plugin.ts";
import { ScryptIdentity } from "./scrypt-identity.ts";
import { looksLikePrivateKey, parseSshPrivateKey, unlockSshPrivateKey } from "./ssh-private-key.ts";
import type { SshPrivateKey } from "./ssh-private-key.ts";
import type { SshSecretKey } from "./ssh-secret-key.ts";
import { sshIdentity } from "./ssh-stanzas.ts";
import { X25519Identity } from "./x25519-stanza.ts";

/** One entry of an identity file, not yet opened. Never log it. */
export type IdentitySource =
  /** `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`. */
  | { readonly kind: "native"; readonly secret: string }
  /** `AGE-PLUGIN-NAME-1…`. */
  | { readonly kind: "plugin"; readonly plugin: string; readonly text: string }
  /** The whole file is an SSH private key. */
  | { readonly kind: "ssh"; readonly key: SshPrivateKey }
  /** The whole file is an age file with a passphrase, with an identity file inside. */
  | { readonly kind: "encrypted-file"; readonly name: string; readonly content: Uint8Array }
  /** A command prints the keys. It is run when a file needs it. */
  | { readonly kind: "command"; readonly name: string; readonly run: KeyCommand };

/**
 * Runs a command that prints private keys, once for each recipient.
 *
 * @param recipient - the one whose key is wanted, where the file tells
 * @throws FlurryError FLURRY_SECRETS_KEY_COMMAND_FAILED, and what {@link parseIdentityFile} throws
 */
export type KeyCommand = (recipient?: string) => Promise<readonly IdentitySource[]>;

/** An identity with no passphrase on it any more: plain data that can be handed to a worker thread. Never log it. */
export type UnlockedIdentity =
  | { readonly kind: "native"; readonly secret: string }
  | { readonly kind: "plugin"; readonly plugin: string; readonly text: string }
  | { readonly kind: "ssh"; readonly secret: SshSecretKey };

/** Options of {@link parseIdentityFile}. */
export interface IdentityFileOptions {
  /** The file, as it is named in errors and prompts. */
  readonly name: string;
  /** The content of `name.pub`, if there is one; see {@link SshPrivateKey.publicKey}. */
  readonly publicKey?: string;
}

/** Options of everything that opens identities. */
export interface OpenIdentityOptions extends PluginOptions {
  readonly askPassphrase?: AskPassphrase | undefined;
}

/** age's own bound. */
const maxFileBytes = 16 * 1024 * 1024;

/**
 * Reads an identity file: lines of `AGE-SECRET-KEY-…` and `AGE-PLUGIN-…` between comments, an SSH private key, or an
 * age file with a passphrase that holds such lines. Errors name the line and never quote it.
 *
 * @throws FlurryError FLURRY_AGE_IDENTITY_INVALID, FLURRY_SSH_KEY_INVALID, FLURRY_SSH_KEY_UNSUPPORTED, FLURRY_AGE_TOO_LARGE
 */
export function parseIdentityFile(content: Uint8Array | string, options: IdentityFileOptions): IdentitySource[] {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  const { name } = options;
  if (bytes.length > maxFileBytes)
    throw new FlurryError("FLURRY_AGE_TOO_LARGE", "The identity file is larger than 16 MiB", { place: { file: name } });
  if (isAgeFile(bytes)) return [{ kind: "encrypted-file", name, content: bytes }];
  const text = Buffer.from(bytes).toString("utf8");
  if (looksLikePrivateKey(text)) return [{ kind: "ssh", key: parseSshPrivateKey(text, options) }];
  return parseIdentityLines(text, name);
}

/** The identity for an entry. Passphrases are asked for when a file needs them, once. */
export function openIdentity(source: IdentitySource, options: OpenIdentityOptions = {}): AgeIdentity {
  switch (source.kind) {
    case "native":
      return nativeIdentity(source.secret);
    case "plugin":
      return new PluginIdentity(source.text, options);
    case "ssh":
      return new LockedSshIdentity(source.key, options);
    case "encrypted-file":
      return lazily(() => decryptIdentityFile(source, options), options);
    case "command":
      return lazily(source.run, options);
  }
}

function lazily(load: () => Promise<readonly IdentitySource[]>, options: OpenIdentityOptions): AgeIdentity {
  let opened: Promise<readonly AgeIdentity[]> | undefined;
  const open = async (): Promise<readonly AgeIdentity[]> => (await load()).map((inner) => openIdentity(inner, options));
  return { identities: () => (opened ??= open()) };
}

/**
 * Takes the passphrases off identities, once a run, so that worker threads need not ask.
 *
 * @throws FlurryError FLURRY_AGE_PASSPHRASE_REQUIRED, FLURRY_AGE_PASSPHRASE_WRONG, and those of SSH keys
 */
export async function unlockIdentities(
  sources: readonly IdentitySource[],
  options: OpenIdentityOptions = {},
): Promise<UnlockedIdentity[]> {
  const unlocked: UnlockedIdentity[] = [];
  for (const source of sources) {
    switch (source.kind) {
      case "native":
      case "plugin":
        unlocked.push(source);
        break;
      case "ssh":
        unlocked.push({ kind: "ssh", secret: await unlockSshPrivateKey(source.key, options) });
        break;
      case "encrypted-file":
        unlocked.push(...(await unlockIdentities(await decryptIdentityFile(source, options), options)));
        break;
      case "command":
        unlocked.push(...(await unlockIdentities(await source.run(), options)));
        break;
    }
  }
  return unlocked;
}

/** The identity for an unlocked one, in whichever thread. */
export function identityOf(unlocked: UnlockedIdentity, options: PluginOptions = {}): AgeIdentity {
  switch (unlocked.kind) {
    case "native":
      return nativeIdentity(unlocked.secret);
    case "plugin":
      return new PluginIdentity(unlocked.text, options);
    case "ssh":
      return sshIdentity(unlocked.secret);
  }
}

/** An object keeps the opened key from one file to the next; the post-quantum one is typage's own affair. */
function nativeIdentity(secret: string): AgeIdentity {
  return secret.startsWith("AGE-SECRET-KEY-1") ? new X25519Identity(secret) : secret;
}

function parseIdentityLines(text: string, file: string): IdentitySource[] {
  const sources = text.split("\n").flatMap((content, index): IdentitySource[] => {
    const line = content.trim();
    return line === "" || line.startsWith("#") ? [] : [parseIdentityLine(line, { file, line: index + 1 })];
  });
  if (sources.length === 0)
    throw new FlurryError("FLURRY_AGE_IDENTITY_INVALID", "The file has no identity in it", { place: { file } });
  return sources;
}

function parseIdentityLine(line: string, place: Place): IdentitySource {
  if (line.startsWith("AGE-PLUGIN-"))
    return { kind: "plugin", plugin: atPlace(place, () => pluginOfIdentity(line)), text: line };
  if (/^AGE-SECRET-KEY-(?:PQ-)?1/.test(line) && isValidNative(line)) return { kind: "native", secret: line };
  if (line.startsWith("age1") || line.startsWith("ssh-"))
    throw new FlurryError(
      "FLURRY_AGE_IDENTITY_INVALID",
      "This is a public recipient where a private identity belongs",
      { place },
    );
  throw new FlurryError("FLURRY_AGE_IDENTITY_INVALID", "This line is not an age identity, or is damaged", {
    place,
    hint: 'Identities begin with "AGE-SECRET-KEY-1", "AGE-SECRET-KEY-PQ-1" or "AGE-PLUGIN-"; comments with "#".',
  });
}

function isValidNative(secret: string): boolean {
  try {
    new Decrypter().addIdentity(secret);
    return true;
  } catch {
    return false;
  }
}

async function decryptIdentityFile(
  { name, content }: IdentitySource & { readonly kind: "encrypted-file" },
  options: OpenIdentityOptions,
): Promise<IdentitySource[]> {
  const { recipients } = inspectAge(content);
  if (recipients.length !== 1 || recipients[0]?.kind !== "passphrase")
    throw new FlurryError("FLURRY_AGE_IDENTITY_INVALID", "The identity file is an age file without a passphrase", {
      place: { file: name },
      hint: "Decrypt it first; only files with a passphrase are opened on the way.",
    });
  const plain = await unlockWithPassphrase({
    ...options,
    what: name,
    required: "FLURRY_AGE_PASSPHRASE_REQUIRED",
    wrong: "FLURRY_AGE_PASSPHRASE_WRONG",
    open: (passphrase) => decryptAge(content, [new ScryptIdentity(passphrase)], { file: name }),
  });
  return parseIdentityLines(Buffer.from(plain).toString("utf8"), name);
}
