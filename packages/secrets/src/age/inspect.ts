import { isArmored, withoutArmor } from "./armor.ts";
import { parseAgeHeader } from "./header.ts";
import type { AgeHeaderLimits, AgeStanza } from "./header.ts";

/** What can be told of one recipient of an age file without any key. */
export interface InspectedRecipient {
  /**
   * `ssh`: the tag tells which key. `tagged`: a hardware key; its tag can be checked against a known recipient.
   * `anonymous`: X25519 or its post-quantum form, which tell nothing. `passphrase`: scrypt.
   * `grease`: noise that rage adds to keep readers honest. `unknown`: a plugin's.
   */
  readonly kind: "ssh" | "tagged" | "anonymous" | "passphrase" | "grease" | "unknown";
  readonly stanza: AgeStanza;
  /** For `ssh` and `tagged`: six characters, unpadded base64 of four bytes. */
  readonly tag?: string;
}

/** What an age file tells without any key. Nothing of it is authenticated. */
export interface AgeInspection {
  readonly armored: boolean;
  readonly recipients: readonly InspectedRecipient[];
  /** Bytes of header, in binary form. */
  readonly headerBytes: number;
  /** Bytes of content, as computed from the size of the file; `undefined` when the payload has an impossible size. */
  readonly contentBytes: number | undefined;
}

const kinds: Readonly<Record<string, InspectedRecipient["kind"]>> = {
  X25519: "anonymous",
  mlkem768x25519: "anonymous",
  scrypt: "passphrase",
  "ssh-ed25519": "ssh",
  "ssh-rsa": "ssh",
  p256tag: "tagged",
  mlkem768p256tag: "tagged",
  "piv-p256": "tagged",
};

/**
 * Reads what an age file, armored or not, tells without any key.
 *
 * @throws FlurryError FLURRY_AGE_HEADER_INVALID, FLURRY_AGE_TOO_LARGE
 */
export function inspectAge(
  file: Uint8Array,
  limits: AgeHeaderLimits & { readonly maxFileBytes?: number } = {},
): AgeInspection {
  const binary = withoutArmor(file, limits);
  const header = parseAgeHeader(binary, limits);
  return {
    armored: isArmored(file),
    recipients: header.stanzas.map(inspectStanza),
    headerBytes: header.length,
    contentBytes: contentBytes(binary.length - header.length),
  };
}

function inspectStanza(stanza: AgeStanza): InspectedRecipient {
  const kind =
    (Object.hasOwn(kinds, stanza.type) ? kinds[stanza.type] : undefined) ??
    (stanza.type.endsWith("-grease") ? "grease" : "unknown");
  const [tag] = stanza.args;
  return (kind === "ssh" || kind === "tagged") && tag !== undefined ? { kind, stanza, tag } : { kind, stanza };
}

/** A payload is a nonce of 16 bytes and chunks of 64 KiB with 16 bytes of tag each; only a lone chunk may be empty. */
function contentBytes(payloadBytes: number): number | undefined {
  const encrypted = payloadBytes - 16;
  const last = encrypted % (64 * 1024 + 16);
  if (encrypted < 16 || (last > 0 && last < 16) || (last === 16 && encrypted > 16)) return undefined;
  return encrypted - 16 * Math.ceil(encrypted / (64 * 1024 + 16));
}
