import { createHash } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";

import { FlurryError } from "@flurry/core";
import * as z from "zod";

/** One file that is written together with others. */
export interface FileWrite {
  /** Absolute. */
  readonly path: string;
  /** What the file must hold until it is written; undefined for a file that must not be there yet. */
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array;
}

/** A file of a journal. */
export interface JournalEntry {
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** Permission bits that the file gets. */
  readonly mode: number;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array;
}

/** All that is needed to finish, or to undo, writing several files. */
export interface Journal {
  /** Names the temporary files of this transaction. */
  readonly id: string;
  /** What was being done, for people. */
  readonly what: string;
  readonly entries: readonly JournalEntry[];
}

const content = z.object({ bytes: z.int().min(0), sha256: z.string() });
const header = z.object({
  format: z.literal("flurry-secrets-journal-1"),
  id: z.string().regex(/^[0-9a-f]{16}$/),
  what: z.string(),
  entries: z.array(
    z.object({
      path: z
        .string()
        .min(1)
        .refine((path) => !path.startsWith("/") && !path.split("/").includes(".."), "leads out of the folder"),
      mode: z.int().min(0).max(0o7777),
      before: content.nullable(),
      after: content,
    }),
  ),
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Writes a journal so that it is there as a whole or not at all, also after a power cut: from then on its files are to
 * be written.
 */
export async function writeJournal(path: string, journal: Journal): Promise<void> {
  const describe = (bytes: Uint8Array): z.infer<typeof content> => ({ bytes: bytes.length, sha256: sha256(bytes) });
  const head: z.infer<typeof header> = {
    format: "flurry-secrets-journal-1",
    id: journal.id,
    what: journal.what,
    entries: journal.entries.map(({ path: file, mode, before, after }) => ({
      path: file,
      mode,
      before: before === undefined ? null : describe(before),
      after: describe(after),
    })),
  };
  const contents = journal.entries.flatMap(({ before, after }) => (before === undefined ? [after] : [before, after]));
  const temporary = `${path}.new`;
  const handle = await open(temporary, "w", 0o600);
  try {
    await handle.writeFile(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...contents]));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/**
 * Reads a journal.
 *
 * @returns undefined when there is none
 * @throws FlurryError FLURRY_REKEY_JOURNAL_DAMAGED
 */
export async function readJournal(path: string): Promise<Journal | undefined> {
  let bytes;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const end = bytes.indexOf("\n");
  const parsed = header.safeParse(jsonOf(bytes.subarray(0, Math.max(0, end)).toString("utf8")));
  if (!parsed.success) throw damaged(path);
  const { id, what, entries } = parsed.data;
  let at = end + 1;
  const take = ({ bytes: length, sha256: hash }: z.infer<typeof content>): Uint8Array => {
    const piece = bytes.subarray(at, at + length);
    at += length;
    if (sha256(piece) !== hash) throw damaged(path);
    return piece;
  };
  return {
    id,
    what,
    entries: entries.map(({ path: file, mode, before, after }) => ({
      path: file,
      mode,
      before: before === null ? undefined : take(before),
      after: take(after),
    })),
  };
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damaged(path: string): FlurryError {
  return new FlurryError("FLURRY_REKEY_JOURNAL_DAMAGED", "The journal of an interrupted change of secrets is damaged", {
    place: { file: path },
    hint: "Look with git which files were changed, put them back or keep them, and remove the journal.",
  });
}
