import { mkdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { atomicWrite, FlurryError } from "@flurry/core";

/** One change to the files of a repository; paths are relative to it, with `/`. */
export type FileChange =
  | {
      readonly kind: "write";
      readonly path: string;
      readonly content: string | Uint8Array;
      readonly executable?: boolean;
    }
  | { readonly kind: "remove"; readonly path: string };

/** What else belongs to a set of changes. */
export interface ApplyOptions {
  /** Done when all files are written; when it fails, they are put back as well. */
  readonly finish?: () => Promise<void>;
  readonly signal?: AbortSignal;
}

interface Before {
  readonly path: string;
  /** Undefined for a file that was not there. */
  readonly content: Buffer | undefined;
  readonly mode: number | undefined;
}

/**
 * Changes files as one: each is replaced atomically, and when anything fails all are as they were, new directories gone.
 *
 * @throws FlurryError FLURRY_WRITE_FAILED, the reason of `signal`, or what `finish` throws
 */
export async function applyChanges(
  directory: string,
  changes: readonly FileChange[],
  { finish, signal }: ApplyOptions = {},
): Promise<void> {
  const before: Before[] = [];
  const made: string[] = [];
  try {
    for (const change of changes) {
      signal?.throwIfAborted();
      const path = join(directory, change.path);
      before.push(await readBefore(path));
      if (change.kind === "remove") await rm(path, { force: true });
      else {
        made.push(...(await makeDirectory(dirname(path))));
        await atomicWrite(path, change.content, change.executable === true ? { mode: 0o755 } : {});
      }
    }
    await finish?.();
  } catch (error) {
    await restore(before, made);
    throw FlurryError.is(error) || signal?.aborted === true ? error : writeFailed(error);
  }
  await removeEmptied(directory, changes);
}

async function readBefore(path: string): Promise<Before> {
  try {
    const { mode } = await stat(path);
    return { path, content: await readFile(path), mode: mode & 0o7777 };
  } catch (error) {
    if (isMissing(error)) return { path, content: undefined, mode: undefined };
    throw error;
  }
}

/** Makes a directory and tells which ones were missing, the innermost first. */
async function makeDirectory(path: string): Promise<readonly string[]> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return [];
  const made: string[] = [];
  for (let current = path; current.length >= first.length; current = dirname(current)) made.push(current);
  return made;
}

async function restore(before: readonly Before[], made: readonly string[]): Promise<void> {
  for (const { path, content, mode } of before.toReversed()) {
    if (content === undefined) await rm(path, { force: true });
    else await atomicWrite(path, content, mode === undefined ? {} : { mode });
  }
  for (const directory of made) await rmdir(directory).catch(() => {});
}

/** A directory whose last file was removed goes with it, as in git. */
async function removeEmptied(directory: string, changes: readonly FileChange[]): Promise<void> {
  for (const change of changes) {
    if (change.kind !== "remove") continue;
    let parent = dirname(join(directory, change.path));
    while (parent !== directory && parent.startsWith(directory)) {
      const removed = await rmdir(parent).then(
        () => true,
        () => false,
      );
      if (!removed) break;
      parent = dirname(parent);
    }
  }
}

function writeFailed(cause: unknown): FlurryError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FlurryError("FLURRY_WRITE_FAILED", `a file could not be written: ${why}`, {
    cause,
    hint: "everything is as it was before; check the permissions and the space on the disk",
  });
}

/** True for the error of a file that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
