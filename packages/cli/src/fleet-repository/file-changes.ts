import { mkdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { atomicWrite, FlurryError } from "@flurry/core";

import { contentId, layDownJournal } from "./change-journal.ts";
import type { JournalEntry } from "./change-journal.ts";

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
  /** What is being done, for people who find it interrupted: `flurry host add media`. */
  readonly what: string;
  /** Done when all files are written; when it fails, they are put back as well. */
  readonly finish?: () => Promise<void>;
  readonly signal?: AbortSignal;
}

interface Before {
  /** Absolute. */
  readonly path: string;
  /** Undefined for a file that was not there. */
  readonly content: Buffer | undefined;
  readonly mode: number | undefined;
}

/**
 * Changes files as one: each is replaced atomically, and when anything fails all are as they were, new directories gone.
 * Several are laid down in a journal first, so that what a crash interrupts is brought to its end by the next command.
 *
 * @throws FlurryError FLURRY_WRITE_FAILED, FLURRY_LOCKED, the reason of `signal`, or what `finish` throws
 */
export async function applyChanges(
  directory: string,
  changes: readonly FileChange[],
  { what, finish, signal }: ApplyOptions,
): Promise<void> {
  const before: Before[] = [];
  const made: string[] = [];
  let removeJournal: (() => Promise<void>) | undefined;
  try {
    for (const { path } of changes) before.push(await readBefore(join(directory, path)));
    const entries = changes.map((change, index) => entryOf(change, before[index]?.content));
    signal?.throwIfAborted();
    made.push(...(await makeDirectory(directory)));
    if (entries.length > 1) removeJournal = await layDownJournal(directory, { what, entries });
    for (const entry of entries) {
      signal?.throwIfAborted();
      made.push(...(await putEntry(directory, entry)));
    }
    await finish?.();
  } catch (error) {
    await restore(before);
    await removeJournal?.();
    for (const path of made) await rmdir(path).catch(() => {});
    throw FlurryError.is(error) || signal?.aborted === true ? error : writeFailed(error);
  }
  await removeEmptied(
    directory,
    changes.flatMap(({ kind, path }) => (kind === "remove" ? [path] : [])),
  );
  await removeJournal?.();
}

function entryOf(change: FileChange, content: Buffer | undefined): JournalEntry {
  const before = content && contentId(content);
  if (change.kind === "remove") return { path: change.path, before, after: undefined, mode: undefined };
  const mode = change.executable === true ? 0o755 : undefined;
  return { path: change.path, before, after: Buffer.from(change.content), mode };
}

/**
 * Writes or removes one file of a change.
 *
 * @returns the directories that were made for it, the innermost first
 */
export async function putEntry(directory: string, { path, after, mode }: JournalEntry): Promise<readonly string[]> {
  const file = join(directory, path);
  if (after === undefined) {
    await rm(file, { force: true });
    return [];
  }
  const made = await makeDirectory(dirname(file));
  await atomicWrite(file, after, mode === undefined ? {} : { mode });
  return made;
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

async function restore(before: readonly Before[]): Promise<void> {
  for (const { path, content, mode } of before.toReversed()) {
    if (content === undefined) await rm(path, { force: true });
    else await atomicWrite(path, content, mode === undefined ? {} : { mode });
  }
}

/** A directory whose last file was removed goes with it, as in git. */
export async function removeEmptied(directory: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    let parent = dirname(join(directory, path));
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
