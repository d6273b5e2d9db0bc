import { FlurryError } from "@flurry/core";
import { Encrypter } from "age-encryption";
import type { Recipient, Stanza } from "age-encryption";

import { atPlace } from "./at-place.ts";
import { isLabelled } from "./labels.ts";
import { pluginOfRecipient } from "./plugin-name.ts";
import { PluginRecipient } from "./plugin.ts";
import type { PluginOptions } from "./plugin.ts";
import { parseSshPublicKey } from "./ssh-public-key.ts";
import type { KeySourceOptions, SshPublicKey } from "./ssh-public-key.ts";
import { sshRecipient } from "./ssh-stanzas.ts";
import { X25519Recipient } from "./x25519-stanza.ts";

interface AgeRecipientBase {
  /** As it was written. */
  readonly text: string;
  /** What all recipients of a file must agree on; `undefined` when only the plugin knows. */
  readonly labels: readonly string[] | undefined;
  /** What typage's Encrypter.addRecipient takes: its interface, or the text of a kind that only typage knows. */
  readonly recipient: string | Recipient;
}

/** Somebody that a file can be encrypted to. */
export type AgeRecipient =
  | (AgeRecipientBase & { readonly kind: "x25519" | "hybrid" | "tag" | "hybrid-tag" })
  | (AgeRecipientBase & { readonly kind: "ssh"; readonly key: SshPublicKey })
  | (AgeRecipientBase & { readonly kind: "plugin"; readonly plugin: string });

const natives = [
  { prefix: "age1pq1", kind: "hybrid", labels: ["postquantum"] },
  { prefix: "age1tagpq1", kind: "hybrid-tag", labels: ["postquantum"] },
  { prefix: "age1tag1", kind: "tag", labels: [] },
] as const;

/**
 * Parses a recipient of any kind: `age1…`, `age1pq1…`, `age1tag1…`, `age1PLUGIN1…`, `ssh-ed25519 …` or `ssh-rsa …`.
 *
 * @throws FlurryError FLURRY_AGE_RECIPIENT_INVALID, FLURRY_SSH_KEY_INVALID, FLURRY_SSH_KEY_UNSUPPORTED
 */
export function parseRecipient(written: string, options: KeySourceOptions & PluginOptions = {}): AgeRecipient {
  return atPlace(options.place, () => parseTrimmed(written.trim(), options));
}

function parseTrimmed(text: string, options: PluginOptions): AgeRecipient {
  if (text.startsWith("AGE-"))
    throw new FlurryError(
      "FLURRY_AGE_RECIPIENT_INVALID",
      "This is a private identity where a public recipient belongs",
      {
        hint: "Put its recipient here (age-keygen -y FILE), and replace the identity if others have seen it.",
      },
    );
  if (!text.startsWith("age1")) {
    if (!/^(?:ssh-|ecdsa-|sk-)/.test(text))
      throw new FlurryError("FLURRY_AGE_RECIPIENT_INVALID", "This is no recipient that age knows", {
        hint: 'Recipients begin with "age1" or "ssh-".',
      });
    const key = parseSshPublicKey(text);
    return { text, kind: "ssh", labels: [], key, recipient: sshRecipient(key) };
  }
  const plugin = pluginOfRecipient(text);
  if (plugin !== undefined)
    return { text, kind: "plugin", plugin, labels: undefined, recipient: new PluginRecipient(text, options) };
  const native = natives.find(({ prefix }) => text.startsWith(prefix));
  if (native === undefined) return { text, kind: "x25519", labels: [], recipient: new X25519Recipient(text) };
  if (!isValidNative(text))
    throw new FlurryError(
      "FLURRY_AGE_RECIPIENT_INVALID",
      "The age recipient is damaged: its checksum or length is wrong",
      {
        hint: "Was it cut off when it was copied?",
      },
    );
  return { text, kind: native.kind, labels: native.labels, recipient: text };
}

/**
 * Wraps a file key for one recipient, without making a file.
 *
 * @returns the stanzas and the labels, `undefined` when the recipient is a user's own and has none
 */
export async function wrapFor(
  recipient: Recipient,
  fileKey: Uint8Array,
): Promise<{ readonly stanzas: readonly Stanza[]; readonly labels: readonly string[] }> {
  return isLabelled(recipient)
    ? recipient.wrapWithLabels(fileKey)
    : { stanzas: await recipient.wrapFileKey(fileKey), labels: [] };
}

function isValidNative(text: string): boolean {
  try {
    new Encrypter().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}
