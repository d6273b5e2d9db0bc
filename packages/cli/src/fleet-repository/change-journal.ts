import { createHash } from "node:crypto";
import { link, mkdir, open, readFile, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError } from "@flurry/core";
import * as z from "zod";

/** One file of a change that is under way. */
export interface JournalEntry {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  /** What identifies the content before; undefined for a file that was not there. */
  readonly before: string | undefined;
  /** Undefined for a file that goes. */
  readonly after: Buffer | undefined;
  /** Permission bits for a new file; undefined for those of the umask. */
  readonly mode: number | undefined;
}

/** All that is needed to bring a change of several files to its end. */
export interface ChangeJournal {
  /** What was being done, for people: `flurry host add media`. */
  readonly what: string;
  readonly entries: readonly JournalEntry[];
}

const place = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith("/") && !path.split("/").includes(".."), "leads out of the repository");
const schema = z.object({
  format: z.literal("flurry-change-1"),
  what: z.string(),
  pid: z.int(),
  entries: z.array(
    z.object({
      path: place,
      before: z.string().nullable(),
      after: z.base64().nullable(),
      mode: z.int().min(0).max(0o7777).nullable(),
    }),
  ),
});

/** How old the journal of a process may be that is still at it: such a change takes tenths of a second. */
const patienceMs = 60_000;

/** What identifies the content of a file. */
export function contentId(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The journal of a directory, relative to it. */
export const changeJournal = ".flurry/change.journal";

/**
 * Lays down what is about to be done: as a whole or not at all, and only if nothing else is under way.
 *
 * @returns takes it away again, with the directory that was made for it
 * @throws FlurryError FLURRY_LOCKED
 */
export async function layDownJournal(
  directory: string,
  { what, entries }: ChangeJournal,
): Promise<() => Promise<void>> {
  const folder = join(directory, ".flurry");
  const path = join(directory, changeJournal);
  await mkdir(folder, { recursive: true });
  const text: z.infer<typeof schema> = {
    format: "flurry-change-1",
    what,
    pid: process.pid,
    entries: entries.map(({ path: file, before = null, after, mode = null }) => ({
      path: file,
      before,
      after: after === undefined ? null : after.toString("base64"),
      mode,
    })),
  };
  const temporary = `${path}.${process.pid}`;
  const handle = await open(temporary, "w", 0o600);
  try {
    await handle.writeFile(JSON.stringify(text));
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(temporary, path);
  } catch (cause) {
    throw isKind(cause, "EEXIST") ? underWay("another command", cause) : cause;
  } finally {
    await rm(temporary, { force: true });
  }
  return async () => await removeJournal(directory);
}

/** Takes the journal of a change away that came to its end. */
export async function removeJournal(directory: string): Promise<void> {
  await rm(join(directory, changeJournal), { force: true });
  // It stays where something else is in it.
  await rmdir(join(directory, ".flurry")).catch(() => {});
}

/** What is under way in a directory, or was interrupted there; undefined when nothing is. */
export async function unfinishedChange(directory: string): Promise<string | undefined> {
  return (await parsedJournal(directory))?.what;
}

async function parsedJournal(directory: string): Promise<z.infer<typeof schema> | undefined> {
  const text = await readFile(join(directory, changeJournal), "utf8").catch((error: unknown) => {
    if (isKind(error, "ENOENT") || isKind(error, "ENOTDIR")) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const read = schema.safeParse(jsonOf(text));
  if (read.success) return read.data;
  throw new FlurryError("FLURRY_CHANGE_CONFLICT", "the journal of an interrupted change is damaged", {
    place: { file: changeJournal },
    hint: "look with git diff at what was changed, keep it or put it back, and remove the journal",
  });
}

/**
 * Reads the journal of a change that was interrupted.
 *
 * @param now - milliseconds since the epoch
 * @returns undefined when there is none
 * @throws FlurryError FLURRY_LOCKED while the change is under way, FLURRY_CHANGE_CONFLICT when the journal is damaged
 */
export async function readJournal(directory: string, now: number): Promise<ChangeJournal | undefined> {
  const found = await parsedJournal(directory);
  if (found === undefined) return undefined;
  const { what, pid, entries } = found;
  const { mtimeMs } = await stat(join(directory, changeJournal));
  if (isAlive(pid) && Math.abs(now - mtimeMs) < patienceMs) throw underWay(what);
  return {
    what,
    entries: entries.map(({ path: file, before, after, mode }) => ({
      path: file,
      before: before ?? undefined,
      after: after === null ? undefined : Buffer.from(after, "base64"),
      mode: mode ?? undefined,
    })),
  };
}

function underWay(what: string, cause?: unknown): FlurryError {
  return new FlurryError("FLURRY_LOCKED", `${what} is changing files of this repository`, {
    ...(cause === undefined ? {} : { cause }),
    hint: "run the command again when it is done",
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return isKind(error, "EPERM");
  }
}

function isKind(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
