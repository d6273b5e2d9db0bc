import { FlurryError } from "@flurry/core";
import type { Identity, Stanza } from "age-encryption";

import type { AskPassphrase } from "./passphrase.ts";
import { unlockSshPrivateKey } from "./ssh-private-key.ts";
import type { SshPrivateKey } from "./ssh-private-key.ts";
import type { SshSecretKey } from "./ssh-secret-key.ts";
import { sshIdentity } from "./ssh-stanzas.ts";

/** Options of {@link LockedSshIdentity}. */
export interface LockedSshIdentityOptions {
  readonly askPassphrase?: AskPassphrase | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * An SSH private key that is opened when a file needs it: its passphrase is asked for only if a stanza's tag matches,
 * and once for all files.
 */
export class LockedSshIdentity implements Identity {
  readonly #key: SshPrivateKey;
  readonly #options: LockedSshIdentityOptions;
  #secret: Promise<SshSecretKey> | undefined;

  constructor(key: SshPrivateKey, options: LockedSshIdentityOptions = {}) {
    this.#key = key;
    this.#options = options;
  }

  /**
   * Opens the key now.
   *
   * @throws FlurryError FLURRY_SSH_KEY_PASSPHRASE_REQUIRED, FLURRY_SSH_KEY_PASSPHRASE_WRONG, FLURRY_SSH_KEY_INVALID
   */
  async unlock(): Promise<SshSecretKey> {
    this.#secret ??= unlockSshPrivateKey(this.#key, this.#options);
    try {
      return await this.#secret;
    } catch (error) {
      // A prompt that was cancelled may be answered next time; three wrong passphrases are not asked for again.
      if (!FlurryError.is(error) || error.code !== "FLURRY_SSH_KEY_PASSPHRASE_WRONG") this.#secret = undefined;
      throw error;
    }
  }

  async unwrapFileKey(stanzas: Stanza[]): Promise<Uint8Array | null> {
    if (!stanzas.some((stanza) => this.#mayOpen(stanza))) return null;
    return sshIdentity(await this.unlock()).unwrapFileKey(stanzas);
  }

  #mayOpen({ args: [type, tag] }: Stanza): boolean {
    const { publicKey } = this.#key;
    if (publicKey === undefined) return type === "ssh-rsa" || type === "ssh-ed25519";
    return type === publicKey.kind && tag === publicKey.tag;
  }
}
