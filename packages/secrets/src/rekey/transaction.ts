import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { FlurryError, lockFile } from "@flurry/core";

import { inTurn } from "../files/in-turn.ts";
import { readJournal, syncFolder, writeJournal } from "./journal.ts";
import type { FileWrite, Journal, JournalEntry } from "./journal.ts";
import { conflict, placeFile, removeTemporary, stageFile, syncFile, targetReader } from "./target-file.ts";
import type { TargetState } from "./target-file.ts";

/** Where several files are written together, and for what. */
export interface TransactionOptions {
  /** The absolute folder that all files are in; the journal is in its `.flurry`. */
  readonly root: string;
  /** What is done, for people who find it interrupted, for example `rekey for host nas`. */
  readonly what: string;
  /** Is heeded until the first file is written. */
  readonly signal?: AbortSignal | undefined;
}

/** An interrupted change that was brought to an end. */
export interface Recovery {
  /** What had been done when it was interrupted. */
  readonly what: string;
  /** All of its files, relative to the root. */
  readonly files: readonly string[];
  /** Those that had not been written yet and were now. */
  readonly written: readonly string[];
}

/** How long another Flurry is waited for; the lock of one that died is free after 15 seconds. */
const lockWaitMs = 30_000;

/** How many files are made safe at the same time. */
const parallel = 8;

/**
 * Writes several files, all or none. They are laid down in a journal first; from then on a crash is made good by
 * {@link recoverWrites}, or by the next call of this function, which then writes nothing else. A failure puts back what was written. Links are never followed,
 * files keep their permissions, new ones have 0600.
 *
 * @throws FlurryError FLURRY_REKEY_CONFLICT when a file is not what it was or is a link, FLURRY_LOCKED,
 * FLURRY_REKEY_FAILED, FLURRY_REKEY_JOURNAL_DAMAGED, FLURRY_ABORTED
 */
export async function writeTogether(writes: readonly FileWrite[], options: TransactionOptions): Promise<void> {
  if (writes.length === 0) return;
  const { root, what, signal } = options;
  await using lock = await lockFile(lockPath(root), { waitMs: lockWaitMs });
  const earlier = await finishInterrupted(root);
  if (earlier !== undefined) {
    const done = `an earlier ${earlier.what} had been interrupted and was brought to its end`;
    throw conflict(
      root,
      `Nothing else was written: ${done}`,
      "What was planned before may be wrong now: run the command again.",
    );
  }
  const readTarget = targetReader(root);
  const entries = await inTurn(writes, (write) => entryOf(readTarget(write.path), write));
  signal?.throwIfAborted();
  lock.signal.throwIfAborted();
  const journal = { id: randomBytes(8).toString("hex"), what, entries };
  await writeJournal(journalPath(root), journal);
  try {
    await put(root, journal, entries);
  } catch (cause) {
    await undo(root, journal);
    throw new FlurryError("FLURRY_REKEY_FAILED", `A file could not be written, so none was changed: ${reason(cause)}`, {
      cause,
    });
  }
  await close(root, journal);
}

/**
 * Ends what a crash interrupted: the files that were not written yet are written.
 *
 * @returns undefined when nothing was interrupted
 * @throws FlurryError FLURRY_REKEY_CONFLICT when somebody changed a file since, FLURRY_LOCKED, FLURRY_REKEY_JOURNAL_DAMAGED
 */
export async function recoverWrites(root: string): Promise<Recovery | undefined> {
  if ((await readJournal(journalPath(root))) === undefined) return undefined;
  await using lock = await lockFile(lockPath(root), { waitMs: lockWaitMs });
  lock.signal.throwIfAborted();
  return await finishInterrupted(root);
}

/** Whether a change was interrupted and waits for {@link recoverWrites}; what it was, and its files. */
export async function interruptedWrites(root: string): Promise<Omit<Recovery, "written"> | undefined> {
  const journal = await readJournal(journalPath(root));
  return journal === undefined ? undefined : { what: journal.what, files: journal.entries.map(({ path }) => path) };
}

function journalPath(root: string): string {
  return join(root, ".flurry", "secrets.journal");
}

function lockPath(root: string): string {
  return join(root, ".flurry", "secrets");
}

function entryOf({ content, ...target }: TargetState, { path, before, after }: FileWrite): JournalEntry {
  if (!isSame(content, before))
    throw conflict(path, `${target.path} was changed meanwhile, so no file was written`, "Run the command again.");
  return { ...target, before, after };
}

async function finishInterrupted(root: string): Promise<Recovery | undefined> {
  await rm(`${journalPath(root)}.new`, { force: true });
  const journal = await readJournal(journalPath(root));
  if (journal === undefined) return undefined;
  const readTarget = targetReader(root);
  const open = await inTurn(journal.entries, (entry) => {
    const path = join(root, entry.path);
    removeTemporary(path, journal.id);
    return isDone(entry, readTarget(path), journal) ? [] : [entry];
  });
  const left = open.flat();
  await put(root, journal, left);
  await close(root, journal);
  const paths = (entries: readonly JournalEntry[]): string[] => entries.map(({ path }) => path);
  return { what: journal.what, files: paths(journal.entries), written: paths(left) };
}

function isDone({ before, after }: JournalEntry, { path, content }: TargetState, { what }: Journal): boolean {
  if (isSame(content, after)) return true;
  if (isSame(content, before)) return false;
  throw conflict(
    path,
    `${path} was changed after ${what} had been interrupted, so that cannot be ended`,
    `Put the file back as it was (git checkout -- ${path}) and run the command again, or remove .flurry/secrets.journal to leave everything as it is.`,
  );
}

/**
 * Every new file is laid down before any is put into its place: file systems take their time to make a file right after
 * others were removed, as they are when new ones take their places.
 */
async function put(root: string, { id }: Journal, entries: readonly JournalEntry[]): Promise<void> {
  await inTurn(entries, ({ path, before, after, mode }) => {
    const file = join(root, path);
    if (before === undefined) mkdirSync(dirname(file), { recursive: true });
    stageFile(file, after, { mode, id });
  });
  await inTurn(entries, ({ path }) => placeFile(join(root, path), id));
}

async function undo(root: string, journal: Journal): Promise<void> {
  const readTarget = targetReader(root);
  await inTurn(journal.entries, ({ path, before, mode }) => {
    const file = join(root, path);
    removeTemporary(file, journal.id);
    const { content } = readTarget(file);
    if (isSame(content, before)) return;
    if (before === undefined) rmSync(file, { force: true });
    else {
      stageFile(file, before, { mode, id: journal.id });
      placeFile(file, journal.id);
    }
  });
  await close(root, journal);
}

/** The journal goes when its files are safe. */
async function close(root: string, { entries }: Journal): Promise<void> {
  const files = entries.map(({ path }) => join(root, path));
  await eachOf(files, (file) => syncFile(file).catch(ignoreAbsent));
  await eachOf([...new Set(files.map((file) => dirname(file)))], (folder) => syncFolder(folder).catch(ignoreAbsent));
  await rm(journalPath(root));
  await syncFolder(join(root, ".flurry"));
}

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}

/** Some at a time; after a failure the others still are. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const run = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(parallel, items.length) }, run));
  const failure = ends.find((end) => end.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
