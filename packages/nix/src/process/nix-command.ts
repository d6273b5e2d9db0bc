import { existsSync } from "node:fs";

import { FlurryError, runProcess } from "@flurry/core";

import { takeEarlyCall } from "./early-call.ts";
import type { NixLogEvent } from "./internal-json.ts";
import { nixArguments } from "./nix-arguments.ts";
import type { NixContext } from "./nix-context.ts";
import { NixLogReader } from "./nix-log.ts";
import type { NixLog } from "./nix-log.ts";

/** One call of nix. */
export interface NixCall {
  /** The words of the subcommand: `["flake", "metadata"]`. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** What the call is for, as errors name it: "evaluating nas". */
  readonly what: string;
  readonly timeoutMs: number;
  /** Variables that this call alone needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** A program and its words that is to run nix: `["strace", "-f"]`. */
  readonly wrapper?: readonly string[];
}

/** How to follow a call of nix. */
export interface RunNixOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: NixLogEvent) => void;
  /** Called for every line of the log, understood or not. */
  readonly onSignOfLife?: () => void;
  readonly onSpawn?: (pid: number) => void;
}

/** How a call of nix ended. A failure is a value here; `nixError` turns it into an error. */
export interface NixOutput extends NixLog {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
}

/**
 * Runs nix and reads its log.
 *
 * @throws FlurryError FLURRY_NIX_NOT_FOUND, FLURRY_TIMEOUT, FLURRY_ABORTED, FLURRY_OUTPUT_TOO_LARGE
 */
export async function runNix(context: NixContext, call: NixCall, options: RunNixOptions = {}): Promise<NixOutput> {
  const reader = new NixLogReader(options.onEvent);
  const program = context.nix ?? "nix";
  try {
    const own = nixArguments(context, call);
    const isPlain = call.env === undefined && call.wrapper === undefined && options.onSpawn === undefined;
    const early = isPlain ? takeEarlyCall(context, own, options.signal) : undefined;
    if (early !== undefined) {
      const { exitCode, signal, stdout, stderr } = await early;
      for (const line of stderr.split(/\r?\n/)) reader.push(line);
      return { exitCode, signal, stdout, ...reader.log() };
    }
    const [file = program, ...words] = [...(call.wrapper ?? []), program, ...own];
    const { exitCode, signal, stdout } = await runProcess(file, words, {
      cwd: context.cwd,
      env: { ...context.env, ...call.env },
      timeoutMs: call.timeoutMs,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.onSpawn === undefined ? {} : { onSpawn: options.onSpawn }),
      onStderrLine: (line) => {
        options.onSignOfLife?.();
        reader.push(line);
      },
      // The reader keeps what is needed of the log; this is the process's own copy of it.
      maxOutputBytes: 64 * 1024 * 1024,
    });
    return { exitCode, signal, stdout, ...reader.log() };
  } catch (error) {
    throw inNixTerms(error, { program, cwd: context.cwd, what: call.what });
  }
}

function inNixTerms(
  error: unknown,
  { program, cwd, what }: { readonly program: string; readonly cwd: string; readonly what: string },
): FlurryError {
  const known = FlurryError.from(error);
  if (known.code === "FLURRY_PROCESS_NOT_FOUND" && !existsSync(cwd))
    return new FlurryError("FLURRY_FLAKE_NOT_FOUND", `the directory ${cwd} does not exist`, { cause: known });
  if (known.code === "FLURRY_PROCESS_NOT_FOUND")
    return new FlurryError("FLURRY_NIX_NOT_FOUND", known.message, {
      cause: known,
      hint: "Install Nix (https://nixos.org/download) or put it on PATH.",
    });
  // The process is named by its program there; what it was doing says more.
  if (known.code === "FLURRY_TIMEOUT" || known.code === "FLURRY_ABORTED")
    return FlurryError.fromJSON({
      ...known.toJSON(),
      message: known.message.startsWith(`${program} `)
        ? `${what}${known.message.slice(program.length)}`
        : known.message,
    });
  return known;
}
