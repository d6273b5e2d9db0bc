import { runProcess } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";

import { main } from "../../src/main.ts";
import { processContext } from "../../src/process-context.ts";

// Once, as it listens to the standard streams.
const real = processContext();

/** What a command line finds when it starts. */
export interface RunHereOptions {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly stdin?: string | Uint8Array | undefined;
}

/**
 * Runs one command line in this process, with nobody at a terminal: what a process of its own would do, without the time
 * that one takes to start. Programs that would have the terminal to themselves print into the result.
 */
export async function runHere(
  words: readonly string[],
  { cwd, env, stdin = "" }: RunHereOptions,
): Promise<Pick<ProcessResult, "exitCode" | "stdout" | "stderr">> {
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  const into = (chunks: Uint8Array[]) => ({
    write: (text: string) => void chunks.push(Buffer.from(text)),
    isTTY: false,
    columns: () => undefined,
    rows: () => undefined,
  });
  const exitCode = await main(words, {
    ...real,
    stdout: into(out),
    stderr: into(err),
    readStdin: async () => Buffer.from(stdin).toString(),
    readStdinBytes: async () => Buffer.from(stdin),
    stdinIsTTY: false,
    writeBytes: (bytes) => void out.push(bytes),
    askSecret: async () => undefined,
    confirm: async () => undefined,
    runAttached: async (file, args, { cwd: at, env: given, signal }) => {
      const ended = await runProcess(file, args, { cwd: at, env: given, signal, timeoutMs: 100_000 });
      out.push(Buffer.from(ended.stdout));
      err.push(Buffer.from(ended.stderr));
      return { exitCode: ended.exitCode ?? 128 };
    },
    env,
    cwd,
    openForm: undefined,
  });
  return { exitCode, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}
