import { open } from "node:fs/promises";
import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { decryptAge, isAgeFile, parseSops, plaintextOf, sopsFormatOf, unlockSops } from "@flurry/secrets";
import type { SopsFile, SopsFormat, UnlockedSops } from "@flurry/secrets";

import type { SecretsSession } from "./session.ts";

/** An encrypted file, read and not opened. */
export type SecretFile =
  | { readonly kind: "sops"; readonly path: string; readonly bytes: Uint8Array; readonly file: SopsFile }
  | { readonly kind: "age"; readonly path: string; readonly bytes: Uint8Array };

/** An encrypted file that is open. */
export type OpenedFile =
  | { readonly kind: "sops"; readonly path: string; readonly plain: Uint8Array; readonly unlocked: UnlockedSops }
  | { readonly kind: "age"; readonly path: string; readonly plain: Uint8Array };

/** How a file is named on the command line. */
export interface FileRequest {
  /** As the user wrote it. */
  readonly name: string;
  /** The format, where the name does not tell it. */
  readonly format?: SopsFormat | undefined;
}

const maxBytes = 64 * 1024 * 1024;

/**
 * Reads an encrypted file.
 *
 * @throws FlurryError FLURRY_SECRETS_FILE_NOT_FOUND, FLURRY_SECRETS_FILE_UNREADABLE, and what `parseSops` throws
 */
export async function readSecretFile({ name, format }: FileRequest, { cwd }: SecretsSession): Promise<SecretFile> {
  const path = resolve(cwd, name);
  const bytes = await readBytes(path, name);
  if (bytes === undefined)
    throw new FlurryError("FLURRY_SECRETS_FILE_NOT_FOUND", `There is no file ${name}`, {
      place: { file: name },
      hint: `To make it: flurry secrets edit ${name}`,
    });
  if (format === undefined && isAgeFile(bytes)) return { kind: "age", path, bytes };
  return { kind: "sops", path, bytes, file: parseSops(bytes, { format: format ?? sopsFormatOf(name), file: name }) };
}

/** Decrypts a file with the private keys of the session, and proves that it is as it was written. */
export async function openSecretFile(secret: SecretFile, session: SecretsSession): Promise<OpenedFile> {
  const { path, bytes } = secret;
  if (secret.kind === "age")
    return { kind: "age", path, plain: await decryptAge(bytes, await session.ageIdentities(), { file: path }) };
  const unlocked = await unlockSops(secret.file, await session.openers());
  return { kind: "sops", path, plain: plaintextOf(unlocked), unlocked };
}

/** The content of a file; undefined when there is none. */
export async function readBytes(path: string, name: string): Promise<Uint8Array | undefined> {
  let handle;
  try {
    handle = await open(path, "r");
    const { size } = await handle.stat();
    if (size > maxBytes)
      throw new FlurryError("FLURRY_SOPS_LIMIT", `${name} has ${size} bytes; that is no file of secrets`);
    return await handle.readFile();
  } catch (error) {
    if (FlurryError.is(error)) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new FlurryError("FLURRY_SECRETS_FILE_UNREADABLE", `${name} cannot be read: ${message}`, {
      cause: error,
      place: { file: name },
    });
  } finally {
    await handle?.close();
  }
}
