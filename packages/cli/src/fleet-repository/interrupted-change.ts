import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError } from "@flurry/core";

import type { CliContext } from "../context.ts";
import { contentId, readJournal, removeJournal } from "./change-journal.ts";
import type { ChangeJournal, JournalEntry } from "./change-journal.ts";
import { isMissing, putEntry, removeEmptied } from "./file-changes.ts";
import { gitOf } from "./git.ts";

/** A change that a crash had interrupted and that came to its end. */
export interface EndedChange {
  readonly what: string;
  /** All of its files that are there now. */
  readonly written: readonly string[];
  /** Those that are gone. */
  readonly removed: readonly string[];
}

/**
 * Brings a change to its end that a crash interrupted: what was not written yet is written.
 *
 * @param now - milliseconds since the epoch
 * @returns undefined when nothing was interrupted
 * @throws FlurryError FLURRY_LOCKED while it is under way, FLURRY_CHANGE_CONFLICT when someone changed one of its files since
 */
export async function endInterruptedChange(
  directory: string,
  { now, finish }: { readonly now: number; readonly finish: (change: EndedChange) => Promise<void> },
): Promise<EndedChange | undefined> {
  const journal = await readJournal(directory, now);
  if (journal === undefined) return undefined;
  const open: JournalEntry[] = [];
  for (const entry of journal.entries) if (await isOpen(directory, entry, journal)) open.push(entry);
  for (const entry of open) await putEntry(directory, entry);
  const paths = (wanted: boolean): readonly string[] =>
    journal.entries.filter(({ after }) => (after !== undefined) === wanted).map(({ path }) => path);
  const ended = { what: journal.what, written: paths(true), removed: paths(false) };
  await finish(ended);
  await removeEmptied(directory, ended.removed);
  await removeJournal(directory);
  return ended;
}

/** What is done in a repository before a command looks at it. */
export interface InterruptedRequest {
  readonly directory: string;
  readonly context: Pick<CliContext, "env" | "now" | "loadServices">;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
  /** Whether the command may change files; one that may not only says what it found. */
  readonly mayWrite: boolean;
}

/**
 * Ends a change of this repository that a crash interrupted, and says so.
 *
 * @throws FlurryError as {@link endInterruptedChange}
 */
export async function mendInterrupted({
  directory,
  context,
  warn,
  signal,
  mayWrite,
}: InterruptedRequest): Promise<void> {
  const now = context.now();
  if (!mayWrite) {
    const found = await readJournal(directory, now);
    if (found !== undefined) warn(`${found.what} was interrupted half-way: flurry render brings it to its end`);
    return;
  }
  const finish = async ({ written, removed }: EndedChange): Promise<void> => {
    const git = gitOf(directory, { services: await context.loadServices(), env: context.env, signal });
    await git.forget(removed);
    await git.intendToAdd(written);
  };
  const ended = await endInterruptedChange(directory, { now, finish });
  if (ended !== undefined) warn(`${ended.what} had been interrupted half-way and was brought to its end`);
}

async function isOpen(directory: string, entry: JournalEntry, { what }: ChangeJournal): Promise<boolean> {
  const content = await readFile(join(directory, entry.path)).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  const id = content && contentId(content);
  if (id === (entry.after && contentId(entry.after))) return false;
  if (id === entry.before) return true;
  throw new FlurryError("FLURRY_CHANGE_CONFLICT", `${entry.path} was changed after ${what} had been interrupted`, {
    place: { file: entry.path },
    hint: `put it back as it was (git checkout -- ${entry.path}) and run the command again, or remove .flurry/change.journal to leave everything as it is`,
  });
}
