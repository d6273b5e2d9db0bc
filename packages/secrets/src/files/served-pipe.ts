import { constants } from "node:fs";
import { open, rename } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { FlurryError, runProcess, sleep } from "@flurry/core";

/** A named pipe that gives the same content to each program that opens it. Disposing of it ends that. */
export interface ServedPipe extends AsyncDisposable {
  /** Aborts, with the error, when the pipe cannot be served any more. */
  readonly failed: AbortSignal;
}

/** What runs mkfifo; Node has no call for it. */
export interface ServePipeOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/**
 * Makes a named pipe of mode 0600 and writes a content to whoever reads it, as often as somebody does; nothing of it is
 * ever in a file. Programs that seek in what they read, or look at its size first, need a file.
 *
 * @param path - of the pipe, absolute, in a folder of its own where nobody else can write
 * @throws FlurryError FLURRY_PROCESS_NOT_FOUND, FLURRY_PROCESS_FAILED
 */
export async function servePipe(path: string, content: Uint8Array, options: ServePipeOptions): Promise<ServedPipe> {
  const ending = new AbortController();
  const failure = new AbortController();
  await makePipe(path, options);
  const serving = serve({ path, content, options, ended: ending.signal }).catch((error: unknown) =>
    failure.abort(error),
  );
  return {
    failed: failure.signal,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await serving;
    },
  };
}

interface Serving {
  readonly path: string;
  readonly content: Uint8Array;
  readonly options: ServePipeOptions;
  readonly ended: AbortSignal;
}

async function serve({ path, content, options, ended }: Serving): Promise<void> {
  const next = join(dirname(path), `.${basename(path)}.next`);
  while (!ended.aborted) {
    await makePipe(next, options);
    const reader = await nextReader(path, ended);
    if (reader === undefined) return;
    try {
      // Each reader has a pipe of its own: whoever opens the name from now on gets the content from its beginning.
      await rename(next, path);
      await writeAll(reader, content, ended);
    } finally {
      await reader.close();
    }
  }
}

/** Opening without waiting keeps no thread of Node's waiting for a reader who may never come. */
async function nextReader(path: string, ended: AbortSignal): Promise<FileHandle | undefined> {
  for (let tries = 0; !ended.aborted; tries++) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      // Programs may remove what they have read.
      if (codeOf(error) === "ENOENT") return undefined;
      if (codeOf(error) !== "ENXIO") throw error;
    }
    // A program reads its configuration when it starts, if at all.
    await sleep(tries < 200 ? 10 : 100, ended).catch(() => {});
  }
  return undefined;
}

async function writeAll(reader: FileHandle, content: Uint8Array, ended: AbortSignal): Promise<void> {
  let at = 0;
  while (at < content.length && !ended.aborted) {
    try {
      at += (await reader.write(content, at)).bytesWritten;
    } catch (error) {
      const code = codeOf(error);
      // It has read as much as it wanted.
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
      await sleep(5, ended).catch(() => {});
    }
  }
}

async function makePipe(path: string, { env, signal }: ServePipeOptions): Promise<void> {
  const limits = { timeoutMs: 30_000, ...(signal === undefined ? {} : { signal }) };
  const { exitCode, stderr } = await runProcess("mkfifo", ["-m", "600", "--", path], { env, ...limits });
  if (exitCode !== 0)
    throw new FlurryError("FLURRY_PROCESS_FAILED", `No named pipe can be made at ${path}`, {
      details: stderr,
      hint: "flurry secrets exec-file --no-fifo gives the command a file in memory instead",
    });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
