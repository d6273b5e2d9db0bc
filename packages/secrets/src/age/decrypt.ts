import { FlurryError } from "@flurry/core";
import { Decrypter, Stanza } from "age-encryption";
import type { Identity } from "age-encryption";

import { withoutArmor } from "./armor.ts";
import { atPlaceAsync } from "./at-place.ts";
import { parseAgeHeader } from "./header.ts";
import type { AgeHeader } from "./header.ts";
import { openPayload, verifyHeaderMac } from "./payload.ts";
import { PluginIdentity } from "./plugin.ts";
import { X25519Identity } from "./x25519-stanza.ts";

/** Identities that are known only when they are needed, such as those of an encrypted file. */
export interface LazyIdentities {
  /** @throws FlurryError when they cannot be had */
  identities(): Promise<readonly AgeIdentity[]>;
}

/** What a file can be opened with: `AGE-SECRET-KEY-1…`, `AGE-SECRET-KEY-PQ-1…`, typage's interface, or a file of them. */
export type AgeIdentity = string | Identity | LazyIdentities;

/** Options of {@link decryptAge}. */
export interface DecryptAgeOptions {
  /** Names the file in errors. */
  readonly file?: string;
  /** Default: 256 MiB. */
  readonly maxFileBytes?: number;
}

/**
 * Decrypts an age file, armored or not. Identities are tried in their order, those of plugins last; one that fails
 * does not keep the others from being tried.
 *
 * @throws FlurryError FLURRY_AGE_NO_MATCH, FLURRY_AGE_HEADER_INVALID, FLURRY_AGE_PAYLOAD_INVALID,
 * FLURRY_AGE_TOO_LARGE, or what an identity threw: a passphrase or a plugin that was not to be had
 */
export async function decryptAge(
  file: Uint8Array,
  identities: readonly AgeIdentity[],
  options: DecryptAgeOptions = {},
): Promise<Uint8Array> {
  return atPlaceAsync(options.file === undefined ? undefined : { file: options.file }, async () => {
    const binary = withoutArmor(file, options);
    const header = parseAgeHeader(binary);
    const fileKey = await openHeader(binary, header, identities);
    return openPayload(binary.subarray(header.length), fileKey);
  });
}

/** The identities of a lazily known set, resolved. */
export async function resolveIdentities(identities: readonly AgeIdentity[]): Promise<(string | Identity)[]> {
  const resolved: (string | Identity)[] = [];
  for (const identity of identities) {
    if (isLazy(identity)) resolved.push(...(await resolveIdentities(await identity.identities())));
    else resolved.push(identity);
  }
  return resolved;
}

async function openHeader(
  file: Uint8Array,
  header: AgeHeader,
  identities: readonly AgeIdentity[],
): Promise<Uint8Array> {
  const opening: Opening = {
    stanzas: header.stanzas.map(({ type, args, body }) => new Stanza([type, ...args], body)),
    header: file.subarray(0, header.length),
  };
  let failure: unknown;
  for (const identity of pluginsLast(identities)) {
    try {
      const fileKey = await tryIdentity(identity, opening);
      if (fileKey !== null) {
        verifyHeaderMac(file, header, fileKey);
        return fileKey;
      }
    } catch (error) {
      // Another identity may still open the file.
      failure ??= error;
    }
  }
  throw failure === undefined ? noMatch(header, identities.length) : typed(failure);
}

/** What identities work on. */
interface Opening {
  readonly stanzas: Stanza[];
  readonly header: Uint8Array;
}

async function tryIdentity(identity: AgeIdentity, opening: Opening): Promise<Uint8Array | null> {
  if (typeof identity === "string") {
    return identity.startsWith("AGE-SECRET-KEY-1")
      ? new X25519Identity(identity).unwrapFileKey(opening.stanzas)
      : openHybrid(identity, opening.header);
  }
  if (!isLazy(identity)) return identity.unwrapFileKey(opening.stanzas);
  for (const inner of pluginsLast(await identity.identities())) {
    const fileKey = await tryIdentity(inner, opening);
    if (fileKey !== null) return fileKey;
  }
  return null;
}

/** typage does not export its post-quantum identity, so it opens the header through its Decrypter. */
async function openHybrid(secret: string, header: Uint8Array): Promise<Uint8Array | null> {
  const decrypter = new Decrypter();
  try {
    decrypter.addIdentity(secret);
  } catch {
    // The cause may quote the secret.
    throw new FlurryError("FLURRY_AGE_IDENTITY_INVALID", "An age identity is damaged: its checksum or length is wrong");
  }
  try {
    return await decrypter.decryptHeader(header);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("no identity matched")) return null;
    throw error;
  }
}

function pluginsLast(identities: readonly AgeIdentity[]): AgeIdentity[] {
  const isPlugin = (identity: AgeIdentity): boolean => identity instanceof PluginIdentity;
  return [...identities.filter((identity) => !isPlugin(identity)), ...identities.filter(isPlugin)];
}

function isLazy(identity: AgeIdentity): identity is LazyIdentities {
  return typeof identity === "object" && "identities" in identity;
}

function typed(failure: unknown): FlurryError {
  if (FlurryError.is(failure)) return failure;
  const why = failure instanceof Error ? failure.message : "unknown";
  return new FlurryError("FLURRY_AGE_HEADER_INVALID", `The header of the age file cannot be opened: ${why}`, {
    cause: failure,
    hint: "The file is damaged or was changed; restore it from git.",
  });
}

function noMatch({ stanzas }: AgeHeader, count: number): FlurryError {
  const shown = stanzas
    .slice(0, 20)
    .map(({ type, args: [tag] }) => (type.startsWith("ssh-") ? `${type} ${tag}` : type));
  const more = stanzas.length > shown.length ? `, and ${stanzas.length - shown.length} more` : "";
  return new FlurryError(
    "FLURRY_AGE_NO_MATCH",
    count === 0 ? "There is no identity to open the age file with" : `None of ${count} identities opens the age file`,
    {
      details: `The file is encrypted to: ${shown.join(", ")}${more}`,
      hint:
        count === 0
          ? "No private key was found: name one (flurry secrets: --identity FILE, or SOPS_AGE_KEY_FILE)."
          : "Somebody who can open it must add your key to its recipients and rekey it.",
    },
  );
}
