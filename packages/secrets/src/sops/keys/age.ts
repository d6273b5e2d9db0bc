import { FlurryError } from "@flurry/core";
import { armor, Decrypter, Encrypter } from "age-encryption";
import type { Identity, Recipient } from "age-encryption";

import type { KeyOpener, KeyWrapper, MasterKey } from "../master-key.ts";
import { parseX25519Identity, parseX25519Recipient, unwrapX25519, wrapX25519 } from "./age-x25519.ts";
import type { X25519Identity } from "./age-x25519.ts";

/** How recipients are understood beyond what age-encryption knows by itself. */
export interface AgeRecipientOptions {
  /**
   * Gives the recipient for a text such as `ssh-ed25519 …` or a plugin's `age1name1…`; undefined, or the text itself, for
   * what age-encryption knows.
   */
  readonly resolve?: (text: string) => Recipient | string | undefined;
}

/**
 * A recipient of age for whom data keys can be wrapped.
 *
 * @param text - `age1…`, `age1pq1…`, or what `options.resolve` knows; it is written to files as it is, trimmed
 * @throws FlurryError FLURRY_SOPS_RECIPIENT_INVALID
 */
export function ageWrapper(text: string, options: AgeRecipientOptions = {}): KeyWrapper {
  const id = text.trim();
  const fast = parseX25519Recipient(id);
  if (fast !== undefined) return { type: "age", id, wrap: (share) => wrapX25519(share, fast) };
  const recipient = options.resolve?.(id);
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient ?? id);
  } catch (cause) {
    throw new FlurryError("FLURRY_SOPS_RECIPIENT_INVALID", `${JSON.stringify(id)} is no recipient of age`, {
      cause,
      hint: "A recipient begins with age1, age1pq1, ssh-ed25519 or ssh-rsa.",
    });
  }
  return {
    type: "age",
    id,
    wrap: async (share) => armor.encode(await encrypter.encrypt(share)),
  };
}

/**
 * Opens data keys with private keys of age.
 *
 * @param identities - `AGE-SECRET-KEY-1…` and `AGE-SECRET-KEY-PQ-1…` as texts, anything else as an identity
 * @throws FlurryError FLURRY_SOPS_RECIPIENT_INVALID for a text that is no private key; the text is not repeated
 */
export function ageOpener(identities: readonly (string | Identity)[]): KeyOpener {
  const fast: X25519Identity[] = [];
  const other = new Decrypter();
  let hasOther = false;
  for (const identity of identities) {
    const known = typeof identity === "string" ? parseX25519Identity(identity.trim()) : undefined;
    if (known !== undefined) fast.push(known);
    else hasOther = true;
    addIdentity(other, typeof identity === "string" ? identity.trim() : identity);
  }
  const own = new Set(fast.map((identity) => identity.recipient));
  const openOther = async (key: MasterKey): Promise<Uint8Array | null> => {
    try {
      return await other.decrypt(decodeArmor(key));
    } catch (cause) {
      if (cause instanceof Error && cause.message.startsWith("no identity matched")) return null;
      // A key that is locked, or a plugin that is missing, says more than that the file does not open.
      if (FlurryError.is(cause)) throw cause;
      throw damaged(key, cause instanceof Error ? cause.message : String(cause));
    }
  };
  return {
    type: "age",
    rank: (key) => (own.has(key.id) ? 0 : hasOther ? 1 : 2),
    open: (key) => {
      // The recipient's name is not authenticated, so a key that is not named ours is tried all the same.
      for (const identity of fast) {
        const result = unwrapX25519(key.enc, identity);
        if (result.kind === "opened") return result.payload;
        if (result.kind === "damaged") throw damaged(key, result.reason);
        if (result.kind === "other-form") return openOther(key);
      }
      return hasOther ? openOther(key) : null;
    },
  };
}

function addIdentity(decrypter: Decrypter, identity: string | Identity): void {
  try {
    decrypter.addIdentity(identity);
  } catch {
    // The library's message could repeat the key.
    throw new FlurryError("FLURRY_SOPS_RECIPIENT_INVALID", "A private key of age cannot be read", {
      hint: "It begins with AGE-SECRET-KEY-1 and is one line; mind that it is complete.",
    });
  }
}

function decodeArmor(key: MasterKey): Uint8Array {
  try {
    return armor.decode(key.enc);
  } catch (cause) {
    throw damaged(key, cause instanceof Error ? cause.message : String(cause));
  }
}

function damaged(key: MasterKey, reason: string): FlurryError {
  return new FlurryError("FLURRY_SOPS_KEY_DAMAGED", `The data key wrapped for ${key.id} is damaged: ${reason}`, {
    hint: "Restore the file from version control, or rekey it with the key of another recipient.",
  });
}
