import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { abortReason, deadline } from "./deadline.ts";
import { FlurryError } from "./errors.ts";

/** How to run a program; see {@link runProcess}. */
export interface RunProcessOptions {
  readonly cwd?: string;
  /** The whole environment of the program; that of this process unless given. */
  readonly env?: NodeJS.ProcessEnv;
  /** Written to the program's standard input, which is then closed. Without it the program reads an empty one. */
  readonly stdin?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Milliseconds until the program and all it started are ended. Default: 10 minutes. */
  readonly timeoutMs?: number;
  /** Milliseconds between the polite end (SIGTERM) and the hard one (SIGKILL). Default: 3 seconds. */
  readonly graceMs?: number;
  /** Called with each line of standard error as it comes. */
  readonly onStderrLine?: (line: string) => void;
  /** Called with each line of standard output as it comes; the output is then not collected. */
  readonly onStdoutLine?: (line: string) => void;
  /** Bytes of output kept of each stream. More standard output is an error, of standard error the end is kept. Default: 64 MiB. */
  readonly maxOutputBytes?: number;
  /** How the bytes of standard output become text; `latin1` keeps every byte as one character. Default: `utf8`. */
  readonly encoding?: "utf8" | "latin1";
  /** Called once with the process id when the program runs. */
  readonly onSpawn?: (pid: number) => void;
}

/** How a program ended. */
export interface ProcessResult {
  /** The exit code; null when a signal ended the program. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program in a process group of its own, so that it and all it started can be ended together.
 * A program that ends with an error is a result, not an exception.
 *
 * @throws FlurryError FLURRY_PROCESS_NOT_FOUND, FLURRY_TIMEOUT, FLURRY_ABORTED (or the signal's own FlurryError),
 * FLURRY_OUTPUT_TOO_LARGE; in each case nothing that was started is left
 */
export async function runProcess(
  file: string,
  args: readonly string[],
  options: RunProcessOptions = {},
): Promise<ProcessResult> {
  const { timeoutMs = 600_000, graceMs = 3000, maxOutputBytes = 64 * 1024 * 1024 } = options;
  using limit = deadline(timeoutMs, file, options.signal);
  if (limit.signal.aborted) throw abortReason(limit.signal, file);
  const child = spawn(file, [...args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", (cause) => reject(spawnError(file, options.cwd, cause)));
    child.once("close", (code, signal) => resolve([code, signal]));
  });
  if (child.pid !== undefined) options.onSpawn?.(child.pid);
  // A program may end without reading its input; that is no error of ours.
  child.stdin.on("error", () => {});
  child.stdin.end(options.stdin ?? "");
  let failure: FlurryError | undefined;
  const stop = (reason: FlurryError): void => {
    failure ??= reason;
    killGroup(child, graceMs);
  };
  const tooLarge = (): void =>
    stop(new FlurryError("FLURRY_OUTPUT_TOO_LARGE", `${file} printed more than ${maxOutputBytes} bytes`));
  const stdout = gather(child.stdout, {
    onLine: options.onStdoutLine,
    maxBytes: maxOutputBytes,
    onOverflow: tooLarge,
    encoding: options.encoding,
  });
  const stderr = gather(child.stderr, {
    onLine: options.onStderrLine,
    maxBytes: maxOutputBytes,
    keepAnyway: true,
    encoding: "utf8",
  });
  const onAbort = (): void => stop(abortReason(limit.signal, file));
  limit.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const [exitCode, signal] = await ended;
    if (failure !== undefined) throw failure;
    return { exitCode, signal, stdout: stdout(), stderr: stderr() };
  } finally {
    limit.signal.removeEventListener("abort", onAbort);
  }
}

interface GatherOptions {
  readonly onLine: ((line: string) => void) | undefined;
  readonly maxBytes: number;
  readonly onOverflow?: () => void;
  /** Keep the text although each line is handed out as well. */
  readonly keepAnyway?: boolean;
  readonly encoding: RunProcessOptions["encoding"] | undefined;
}

function gather(stream: Readable, options: GatherOptions): () => string {
  const { onLine, maxBytes, onOverflow, keepAnyway, encoding = "utf8" } = options;
  const chunks: Buffer[] = [];
  let bytes = 0;
  if (onLine !== undefined) createInterface({ input: stream, crlfDelay: Infinity }).on("line", onLine);
  if (onLine === undefined || keepAnyway === true) {
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) onOverflow?.();
      // The end of a log tells more than its beginning.
      while (bytes > maxBytes && chunks.length > 1) bytes -= chunks.shift()?.length ?? 0;
    });
  }
  return () => Buffer.concat(chunks).toString(encoding);
}

/** Ends a process group: politely, and after the grace hard. Safe when it is gone already. */
function killGroup(child: ChildProcess, graceMs: number): void {
  const { pid } = child;
  if (pid === undefined) return;
  signalGroup(pid, "SIGTERM");
  const escalation = setTimeout(() => signalGroup(pid, "SIGKILL"), graceMs);
  child.once("close", () => {
    clearTimeout(escalation);
    signalGroup(pid, "SIGKILL");
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the group has ended.
  }
}

function spawnError(file: string, cwd: string | undefined, cause: NodeJS.ErrnoException): FlurryError {
  if (cause.code !== "ENOENT")
    return new FlurryError("FLURRY_PROCESS_FAILED", `${file} could not be started: ${cause.message}`, { cause });
  // Node reports a missing working directory with the same code.
  const where = cwd === undefined ? "" : ` in ${cwd}`;
  return new FlurryError("FLURRY_PROCESS_NOT_FOUND", `${file} was not found${where}`, {
    cause,
    hint: `Install ${file} or put it on PATH.`,
  });
}
