import { createHash } from "node:crypto";

import { extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64nopad, bech32 } from "@scure/base";

import type { InspectedRecipient } from "./inspect.ts";
import type { AgeRecipient } from "./recipient.ts";

/** Whether a stanza was made for a recipient, as far as can be told without a key. */
export type StanzaMatch = "yes" | "no" | "unknown";

/** For each kind of stanza that carries a tag: where the hash of the recipient's key is taken. */
const taggedKinds: Readonly<Record<string, { readonly label: string; readonly pointFrom: number }>> = {
  p256tag: { label: "age-encryption.org/p256tag", pointFrom: 0 },
  // The classic half of a hybrid key follows 1184 bytes of ML-KEM-768.
  mlkem768p256tag: { label: "age-encryption.org/mlkem768p256tag", pointFrom: 1184 },
};

/**
 * Tells whether a stanza belongs to a recipient, without any key. SSH keys and hardware keys leave a tag;
 * X25519 and its post-quantum form tell nothing beyond their kind. Tags are four bytes and not authenticated: a file
 * may lie about them, so this finds drift, not attacks.
 */
export function matchStanza({ stanza, tag }: InspectedRecipient, recipient: AgeRecipient): StanzaMatch {
  const { type } = stanza;
  switch (recipient.kind) {
    case "ssh":
      return type === recipient.key.kind && tag === recipient.key.tag ? "yes" : "no";
    case "x25519":
      return type === "X25519" ? "unknown" : "no";
    case "hybrid":
      return type === "mlkem768x25519" ? "unknown" : "no";
    case "tag":
      return type === "p256tag" && hasEphemeralTag(stanza.args, { text: recipient.text, type }) ? "yes" : "no";
    case "hybrid-tag":
      return type === "mlkem768p256tag" && hasEphemeralTag(stanza.args, { text: recipient.text, type }) ? "yes" : "no";
    case "plugin":
      return matchPlugin({ type, tag }, recipient);
  }
}

function matchPlugin(
  { type, tag }: { readonly type: string; readonly tag: string | undefined },
  { plugin, text }: { readonly plugin: string; readonly text: string },
): StanzaMatch {
  // age-plugin-yubikey writes piv-p256 stanzas, tagged with the hash of the compressed key that the recipient holds.
  if (plugin === "yubikey" && type === "piv-p256") {
    const digest = createHash("sha256").update(recipientData(text)).digest();
    return tag === base64nopad.encode(digest.subarray(0, 4)) ? "yes" : "no";
  }
  return "unknown";
}

/** The tag of age's own hardware recipients depends on the file: HKDF-Extract over its share and the key's hash. */
function hasEphemeralTag(
  args: readonly string[],
  { text, type }: { readonly text: string; readonly type: string },
): boolean {
  const [tag, encodedShare] = args;
  const kind = taggedKinds[type];
  if (tag === undefined || encodedShare === undefined || kind === undefined) return false;
  const keyHash = sha256(recipientData(text).subarray(kind.pointFrom)).subarray(0, 4);
  try {
    const input = Buffer.concat([base64nopad.decode(encodedShare), keyHash]);
    return tag === base64nopad.encode(extract(sha256, input, Buffer.from(kind.label, "latin1")).subarray(0, 4));
  } catch {
    return false;
  }
}

/** The bytes of a recipient that was parsed before, so its checksum is right. */
function recipientData(text: string): Uint8Array {
  return bech32.fromWords(bech32.decode(text as `${string}1${string}`, false).words);
}
