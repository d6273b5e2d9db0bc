import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { promisify } from "node:util";

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
 * Looks at files that are to be written, all at about the same time: where a folder really is, is looked up once.
 *
 * @param root - absolute; the files must be below it, and no part of their paths may be a link
 * @returns a function that throws FlurryError FLURRY_REKEY_CONFLICT for a link or for what is no file
 */
export function targetReader(root: string): (path: string) => TargetState {
  const folders = new Map<string, string | undefined>();
  const realFolder = (folder: string): string | undefined => {
    if (!folders.has(folder)) folders.set(folder, realPath(folder));
    return folders.get(folder);
  };
  return (path) => {
    const inside = relative(root, path);
    if (inside === "" || isAbsolute(inside) || inside.split(sep).includes(".."))
      throw conflict(path, `${path} is not in ${root}`);
    const folder = realFolder(dirname(path));
    if (folder !== undefined && folder !== join(realFolder(root) ?? root, dirname(inside)))
      throw conflict(path, `${inside} is reached through a link; secrets are never written through one`);
    const name = inside.split(sep).join("/");
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return { path: name, content: undefined, mode: newFileMode };
    if (!stat.isFile()) throw conflict(path, `${inside} is a link or no file; secrets are never written through one`);
    return { path: name, content: readFileSync(path), mode: stat.mode & 0o7777 };
  };
}

/** Undefined for what is not there. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/**
 * Lays the new content of a file down beside it, for {@link placeFile}.
 *
 * @param id - names the temporary file, so that what a crash left can be found
 */
export function stageFile(
  path: string,
  content: Uint8Array,
  { mode, id }: { readonly mode: number; readonly id: string },
): void {
  // Root who works in somebody's repository leaves the files to them.
  const owner = process.getuid?.() === 0 ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
  const file = openSync(temporaryOf(path, id), "w", newFileMode);
  try {
    writeFileSync(file, content);
    fchmodSync(file, mode);
    if (owner !== undefined) fchownSync(file, owner.uid, owner.gid);
  } finally {
    closeSync(file);
  }
}

/** Puts what {@link stageFile} laid down into its place, in one step. Not yet safe from a power cut; see {@link syncFile}. */
export function placeFile(path: string, id: string): void {
  renameSync(temporaryOf(path, id), path);
}

const whenSynced = promisify(fsync);

/** Makes the content of a file survive a power cut. The disk takes its time, so that many are to be under way at once. */
export async function syncFile(path: string): Promise<void> {
  const file = openSync(path, "r");
  try {
    await whenSynced(file);
  } finally {
    closeSync(file);
  }
}

/** Removes what {@link stageFile} left when it was interrupted. */
export function removeTemporary(path: string, id: string): void {
  rmSync(temporaryOf(path, id), { force: true });
}

function temporaryOf(path: string, id: string): string {
  return join(dirname(path), `.${basename(path)}.${id}.flurry`);
}

/** @returns the error for a file that cannot be written as planned */
export function conflict(path: string, message: string, hint?: string): FlurryError {
  return new FlurryError("FLURRY_REKEY_CONFLICT", message, {
    place: { file: path },
    hint: hint ?? "Name the file itself in the policy, or replace the link by the file it points to.",
  });
}
