import { lstat, open, readFile, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";

import { FlurryError } from "@flurry/core";

/** The permissions of a new file of secrets. */
const newFileMode = 0o600;

/** A file that is to be replaced, as it is. */
export interface TargetState {
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** Undefined where there is no file. */
  readonly content: Uint8Array | undefined;
  /** Permission bits that the new content gets: those of the file, and for a new one 0600. */
  readonly mode: number;
}

/**
 * Looks at a file that is to be written.
 *
 * @param root - absolute; the file must be below it, and no part of its path may be a link
 * @throws FlurryError FLURRY_REKEY_CONFLICT for a link or for what is no file
 */
export async function readTarget(root: string, path: string): Promise<TargetState> {
  const inside = relative(root, path);
  if (inside === "" || isAbsolute(inside) || inside.split(sep).includes(".."))
    throw conflict(path, `${path} is not in ${root}`);
  const folder = await realpath(dirname(path)).catch(() => undefined);
  if (folder !== undefined && folder !== join(await realpath(root), dirname(inside)))
    throw conflict(path, `${inside} is reached through a link; secrets are never written through one`);
  const name = inside.split(sep).join("/");
  const stat = await lstat(path).catch(absent);
  if (stat === undefined) return { path: name, content: undefined, mode: newFileMode };
  if (!stat.isFile()) throw conflict(path, `${inside} is a link or no file; secrets are never written through one`);
  return { path: name, content: await readFile(path), mode: stat.mode & 0o7777 };
}

/**
 * Replaces a file in one step. Not yet safe from a power cut; see {@link syncFile}.
 *
 * @param id - names the temporary file, so that what a crash left can be found
 */
export async function replaceFile(
  path: string,
  content: Uint8Array,
  { mode, id }: { readonly mode: number; readonly id: string },
): Promise<void> {
  const temporary = temporaryOf(path, id);
  const owner = await lstat(path).catch(absent);
  const handle = await open(temporary, "w", newFileMode);
  try {
    await handle.writeFile(content);
    await handle.chmod(mode);
    // Root who works in somebody's repository leaves the files to them.
    if (owner !== undefined && process.getuid?.() === 0) await handle.chown(owner.uid, owner.gid);
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

/** Makes the content of a file survive a power cut. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what an interrupted {@link replaceFile} left. */
export async function removeTemporary(path: string, id: string): Promise<void> {
  await rm(temporaryOf(path, id), { force: true });
}

function temporaryOf(path: string, id: string): string {
  return join(dirname(path), `.${basename(path)}.${id}.flurry`);
}

/** For `catch`: a file that is not there is no error. */
function absent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

/** @returns the error for a file that cannot be written as planned */
export function conflict(path: string, message: string, hint?: string): FlurryError {
  return new FlurryError("FLURRY_REKEY_CONFLICT", message, {
    place: { file: path },
    hint: hint ?? "Name the file itself in the policy, or replace the link by the file it points to.",
  });
}
