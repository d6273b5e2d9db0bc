import { randomBytes } from "node:crypto";

import { FlurryError } from "@flurry/core";
import { Encrypter } from "age-encryption";
import type { Recipient } from "age-encryption";

import { withArmor } from "./armor.ts";
import { printAgeHeader } from "./header.ts";
import type { AgeStanza } from "./header.ts";
import { LabelGuard } from "./labels.ts";
import { headerMac, sealPayload } from "./payload.ts";
import { wrapFor } from "./recipient.ts";
import type { AgeRecipient } from "./recipient.ts";
import { checkRecipients, shorten } from "./recipients-rules.ts";

/** Options of {@link encryptAge} and {@link encryptAgeWithPassphrase}. */
export interface EncryptAgeOptions {
  /** `armor` for text (base64 between two marker lines), `binary` otherwise. Default: `binary`. */
  readonly format?: "armor" | "binary";
}

/** Behind the dashes that end a header: a blank, 43 characters of base64, a newline. */
const macBytes = 45;

/**
 * Encrypts to one or more recipients.
 *
 * @throws FlurryError FLURRY_AGE_RECIPIENTS_MIXED, FLURRY_AGE_PLUGIN_FAILED, FLURRY_AGE_PLUGIN_NOT_FOUND
 */
export async function encryptAge(
  content: Uint8Array,
  recipients: readonly AgeRecipient[],
  options: EncryptAgeOptions = {},
): Promise<Uint8Array> {
  checkRecipients(recipients);
  // Nobody needs two stanzas; a list that was put together from groups may name somebody twice.
  const distinct = [...new Map(recipients.map((recipient) => [recipient.text, recipient])).values()];
  const file = distinct.some(({ recipient }) => typeof recipient === "string")
    ? await encryptWithTypage(content, distinct)
    : await encryptHere(content, distinct);
  return inFormat(file, options);
}

/**
 * Encrypts with a passphrase, which is then the file's only key.
 *
 * @param workFactor - the base-2 logarithm of scrypt's cost; 18 (age's own, about a second) unless given
 * @throws FlurryError FLURRY_AGE_PASSPHRASE_REQUIRED for an empty one
 */
export async function encryptAgeWithPassphrase(
  content: Uint8Array,
  passphrase: string,
  { workFactor = 18, ...options }: EncryptAgeOptions & { readonly workFactor?: number } = {},
): Promise<Uint8Array> {
  if (passphrase === "")
    throw new FlurryError("FLURRY_AGE_PASSPHRASE_REQUIRED", "An empty passphrase protects nothing");
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(workFactor);
  encrypter.setPassphrase(passphrase);
  return inFormat(await encrypter.encrypt(content), options);
}

async function encryptHere(content: Uint8Array, recipients: readonly AgeRecipient[]): Promise<Uint8Array> {
  const guard = new LabelGuard();
  const fileKey = new Uint8Array(randomBytes(16));
  const stanzas: AgeStanza[] = [];
  for (const recipient of recipients) {
    for (const { args, body } of await guarded(recipient, guard).wrapFileKey(fileKey)) {
      const [type = "", ...rest] = args;
      stanzas.push({ type, args: rest, body });
    }
  }
  const unsigned = printAgeHeader({ stanzas, mac: new Uint8Array(32) }).subarray(0, -macBytes);
  const header = printAgeHeader({ stanzas, mac: headerMac(unsigned, fileKey) });
  return Buffer.concat([header, sealPayload(content, fileKey)]);
}

/** typage does not export the recipients that only it has (post-quantum and tagged ones), so it makes the whole file. */
async function encryptWithTypage(content: Uint8Array, recipients: readonly AgeRecipient[]): Promise<Uint8Array> {
  const guard = new LabelGuard();
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    if (recipient.labels !== undefined) guard.admit(recipient.labels, shorten(recipient.text));
    encrypter.addRecipient(typeof recipient.recipient === "string" ? recipient.recipient : guarded(recipient, guard));
  }
  return encrypter.encrypt(content);
}

/** What a plugin or a user's own recipient says of its labels shows only when it encrypts. */
function guarded({ recipient, text }: AgeRecipient, guard: LabelGuard): Recipient {
  return {
    wrapFileKey: async (fileKey) => {
      if (typeof recipient === "string")
        throw new FlurryError("FLURRY_INTERNAL", "Only typage encrypts to this recipient");
      const wrapped = await wrapFor(recipient, fileKey);
      guard.admit(wrapped.labels, shorten(text));
      return [...wrapped.stanzas];
    },
  };
}

function inFormat(file: Uint8Array, { format = "binary" }: EncryptAgeOptions): Uint8Array {
  return format === "armor" ? withArmor(file) : file;
}
