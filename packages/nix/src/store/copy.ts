import { FlurryError, isStorePath } from "@flurry/core";
import type { Emit, StorePath } from "@flurry/core";

import type { RunCall } from "../pool/run-call.ts";
import { nixError } from "../process/nix-error.ts";
import { CopyProgress } from "./copy-progress.ts";
import type { CopyState } from "./copy-progress.ts";
import type { CopyOptions, CopyReport, CopyRequest } from "./copy-request.ts";
import type { PathInfo } from "./path-info.ts";

/** What a copy needs of the pool. */
export interface CopyParts {
  readonly run: RunCall;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** What the local store knows of the paths. */
  readonly pathInfos: (paths: readonly StorePath[]) => Promise<ReadonlyMap<StorePath, PathInfo>>;
}

/** Copies paths and all they refer to, and reports how it goes. */
export async function copyPaths(request: CopyRequest, options: CopyOptions, parts: CopyParts): Promise<CopyReport> {
  const { host } = request;
  const { emit } = parts;
  let startedAt: number | undefined;
  const started = (): void => {
    startedAt = performance.now();
    emit({ kind: "stage-started", host, stage: "copy" });
  };
  const finished = (outcome: "ok" | "failed"): number => {
    if (startedAt === undefined) return 0;
    const durationMs = performance.now() - startedAt;
    emit({ kind: "stage-finished", host, stage: "copy", durationMs, outcome });
    return durationMs;
  };
  try {
    const progress = await runCopy(request, options, { ...parts, started });
    const copiedBytes = await bytesOf(progress.sentPaths().filter(isStorePath), request.closure ?? [], parts);
    return { host, copiedPaths: progress.sentPaths().length, copiedBytes, durationMs: finished("ok") };
  } catch (error) {
    finished("failed");
    throw FlurryError.from(error).withHost(host);
  }
}

async function runCopy(
  request: CopyRequest,
  { timeoutMs = 3_600_000, stallTimeoutMs = 300_000 }: CopyOptions,
  { run, emit, signal, started }: CopyParts & { readonly started: () => void },
): Promise<CopyProgress> {
  const { host, storeUri, nixSshOpts } = request;
  const what = `copying to ${host}`;
  const progress = new CopyProgress();
  const output = await run(
    {
      command: ["copy"],
      args: copyArguments(request),
      what,
      timeoutMs,
      stallTimeoutMs,
      events: "all",
      ...(nixSshOpts === undefined ? {} : { env: { NIX_SSHOPTS: nixSshOpts } }),
    },
    {
      signal,
      onSpawn: started,
      onEvent: (event) => {
        const measured = progress.push(event) ? measure(progress.state()) : undefined;
        if (measured !== undefined && measured.expected > 0)
          emit({ kind: "stage-progress", host, stage: "copy", ...measured });
        else if (event.kind === "message" && event.level === 1)
          emit({ kind: "log", host, stage: "copy", level: "warn", line: event.text });
      },
    },
  );
  if (output.exitCode !== 0)
    throw nixError(output, { code: "FLURRY_COPY_FAILED", what, host, remote: storeUri.startsWith("ssh") });
  return progress;
}

/** The words after `nix copy`. */
function copyArguments(request: CopyRequest): readonly string[] {
  const { paths, storeUri, substituteOnDestination = false, checkSignatures = false } = request;
  return [
    "--to",
    storeUri,
    ...(checkSignatures ? [] : ["--no-check-sigs"]),
    ...(substituteOnDestination ? ["--substitute-on-destination"] : []),
    "--",
    ...paths,
  ];
}

/** Bytes where nix tells how many there are, else paths. */
function measure({ donePaths, expectedPaths, doneBytes, expectedBytes }: CopyState): {
  readonly done: number;
  readonly expected: number;
  readonly unit: "bytes" | "paths";
} {
  return expectedBytes > 0
    ? { done: doneBytes, expected: expectedBytes, unit: "bytes" }
    : { done: donePaths, expected: expectedPaths, unit: "paths" };
}

/** The uncompressed bytes of what was sent. What nix reports may be compressed, or nothing; the local store knows the sizes. */
async function bytesOf(
  sent: readonly StorePath[],
  closure: readonly PathInfo[],
  { pathInfos }: CopyParts,
): Promise<number> {
  const known = new Map(closure.map((info) => [info.path, info]));
  const unknown = sent.filter((path) => !known.has(path));
  const asked = unknown.length === 0 ? new Map<StorePath, PathInfo>() : await pathInfos(unknown);
  return sent.reduce((sum, path) => sum + ((known.get(path) ?? asked.get(path))?.narSize ?? 0), 0);
}
