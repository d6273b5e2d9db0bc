import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";

import { atomicWrite, FlurryError } from "@flurry/core";

/** How a file is written; see {@link writeSecretFile}. */
export interface WriteFileOptions {
  /**
   * What the file held when it was read, null when there was none. When it holds something else by now it is not written.
   * Without it nothing is compared.
   */
  readonly expected?: Uint8Array | null;
  /** Permission bits, also of a file that is there. Default: those it has, 0600 for a new one. */
  readonly mode?: number;
}

/**
 * Writes a file so that readers see the old content or the new, and never through a link.
 *
 * @throws FlurryError FLURRY_SECRETS_WRITE_REFUSED
 */
export async function writeSecretFile(
  path: string,
  content: Uint8Array,
  { expected, mode }: WriteFileOptions = {},
): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw refused(path, error.message, { cause: error });
  });
  if (found !== undefined && !found.isFile())
    throw refused(path, found.isSymbolicLink() ? "it is a link" : "it is no file", {
      hint: "Secrets are never written through a link. Name the file itself.",
    });
  if (expected !== undefined && !(await holds(path, expected)))
    throw refused(path, expected === null ? "it is there by now" : "it was changed meanwhile", {
      hint: "Nothing was written. Look at what is there now and do it again.",
    });
  const bits = mode ?? (found === undefined ? 0o600 : undefined);
  try {
    await atomicWrite(path, content, bits === undefined ? {} : { mode: bits });
  } catch (cause) {
    throw refused(path, cause instanceof Error ? cause.message : "unknown", { cause });
  }
}

async function holds(path: string, expected: Uint8Array | null): Promise<boolean> {
  let handle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    return expected !== null && (await handle.readFile()).equals(expected);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return expected === null;
    throw error;
  } finally {
    await handle?.close();
  }
}

function refused(path: string, why: string, more: { readonly hint?: string; readonly cause?: unknown }): FlurryError {
  return new FlurryError("FLURRY_SECRETS_WRITE_REFUSED", `${path} is not written: ${why}`, {
    place: { file: path },
    ...more,
  });
}
