import { lstat, open } from "node:fs/promises";

import { atomicWrite, FlurryError } from "@flurry/core";

import { atPlace } from "../age/at-place.ts";
import { decryptAge } from "../age/decrypt.ts";
import type { AgeIdentity } from "../age/decrypt.ts";
import { encryptAge } from "../age/encrypt.ts";
import { inspectAge } from "../age/inspect.ts";
import type { AgeInspection } from "../age/inspect.ts";
import type { AgenixRule } from "./rules.ts";

/** Secrets are small; a file beyond this is a mistake. */
const maxFileBytes = 64 * 1024 * 1024;

/** An agenix file as it is on disk. */
export interface AgenixFile {
  readonly content: Uint8Array;
  readonly inspection: AgeInspection;
}

/**
 * Reads a `.age` file and what it tells without keys; `undefined` when it does not exist.
 *
 * @throws FlurryError FLURRY_AGE_HEADER_INVALID, FLURRY_AGE_TOO_LARGE, naming the file
 */
export async function readAgenixFile(path: string): Promise<AgenixFile | undefined> {
  const content = await readBounded(path);
  if (content === undefined) return undefined;
  return atPlace({ file: path }, () => ({ content, inspection: inspectAge(content) }));
}

/**
 * Decrypts a `.age` file.
 *
 * @throws FlurryError as {@link decryptAge}, naming the file
 */
export async function decryptAgenixFile(
  file: AgenixFile,
  identities: readonly AgeIdentity[],
  path: string,
): Promise<Uint8Array> {
  return decryptAge(file.content, identities, { file: path });
}

/** The new content of a rule's file: encrypted to the rule's recipients, in the form the rule asks for. */
export async function encryptForRule(content: Uint8Array, rule: AgenixRule): Promise<Uint8Array> {
  return encryptAge(content, rule.recipients, { format: rule.armor ? "armor" : "binary" });
}

/**
 * Encrypts a secret to its rule's recipients and writes it, whole or not at all.
 *
 * @throws FlurryError FLURRY_AGENIX_REKEY_FAILED when the path is a link, FLURRY_AGE_PLUGIN_FAILED
 */
export async function writeAgenixFile(content: Uint8Array, rule: AgenixRule): Promise<void> {
  await writeEncrypted(rule.path, await encryptForRule(content, rule));
}

/** Writes a `.age` file in one step, and never through a link. */
export async function writeEncrypted(path: string, content: Uint8Array): Promise<void> {
  const stat = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (stat !== undefined && !stat.isFile())
    throw new FlurryError(
      "FLURRY_AGENIX_REKEY_FAILED",
      `${path} is a link or no file; secrets are never written through one`,
      {
        place: { file: path },
        hint: "Replace it by the file it points to, or name that file in secrets.nix.",
      },
    );
  await atomicWrite(path, content);
}

async function readBounded(path: string): Promise<Uint8Array | undefined> {
  let handle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    if (size > maxFileBytes)
      throw new FlurryError("FLURRY_AGE_TOO_LARGE", `${path} has ${size} bytes; secrets have at most ${maxFileBytes}`, {
        place: { file: path },
      });
    return new Uint8Array(await handle.readFile());
  } finally {
    await handle.close();
  }
}
