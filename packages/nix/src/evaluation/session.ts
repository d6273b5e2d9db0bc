import { FlurryError } from "@flurry/core";
import type { DrvPath, Emit, StorePath } from "@flurry/core";

import type { LockedFlake } from "../flake/locked-flake.ts";
import type { RunCall } from "../pool/run-call.ts";
import type { NixVersion } from "../process/capabilities.ts";
import type { NixContext } from "../process/nix-context.ts";
import { pathInfos } from "../store/path-info.ts";
import { EvaluationCache, evaluationCacheDirectory } from "./evaluation-cache.ts";
import type { EvaluateOptions } from "./evaluation.ts";
import { Measurements } from "./measurements.ts";
import type { FindRecorderOptions, Recorder } from "./recorder.ts";

/** What the evaluation of a fleet needs of the pool. */
export interface FleetEvaluationParts {
  readonly context: NixContext;
  readonly run: RunCall;
  /** Told as soon as `run` will be needed. */
  readonly prepareRun: () => void;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly version: () => Promise<NixVersion>;
  /** Bytes of memory that are free now. */
  readonly freeMemory: () => number;
  /** How to see what evaluations read; looked for at the first evaluation that is to be remembered. */
  readonly recorder: (search: FindRecorderOptions) => Promise<Recorder>;
  /** Told of all work, so that whoever closes the pool can wait for it. */
  readonly track: <T>(work: Promise<T>) => Promise<T>;
}

/** What is known of a run once nix and the cache were asked; without it nothing can be evaluated. */
export interface Session {
  readonly flake: LockedFlake;
  readonly options: EvaluateOptions;
  readonly parts: FleetEvaluationParts;
  /** Milliseconds that one call of nix may take. */
  readonly timeoutMs: number;
  readonly version: NixVersion;
  readonly measurements: Measurements;
  /** Undefined when nothing is to be remembered. */
  readonly cache: EvaluationCache | undefined;
}

/**
 * Asks nix for its version and opens what is remembered of the flake.
 *
 * @throws FlurryError FLURRY_NIX_NOT_FOUND, FLURRY_NIX_TOO_OLD, FLURRY_NIX_OUTPUT_INVALID, FLURRY_TIMEOUT, FLURRY_ABORTED
 */
export async function openSession(
  flake: LockedFlake,
  options: EvaluateOptions,
  parts: FleetEvaluationParts,
): Promise<Session> {
  const { timeoutMs = 600_000 } = options;
  const version = await parts.version();
  const directory = options.cache === "off" ? undefined : evaluationCacheDirectory(parts.context.env);
  const measurements = await Measurements.open(directory, flake);
  const known = { flake, options, parts, timeoutMs, version, measurements };
  return { ...known, cache: directory === undefined ? undefined : await openCache(directory, known) };
}

async function openCache(
  directory: string,
  { flake, parts, timeoutMs, version }: Omit<Session, "cache">,
): Promise<EvaluationCache | undefined> {
  const { context, signal, emit } = parts;
  const warn = (line: string): void => emit({ kind: "log", stage: "evaluate", level: "warn", line });
  const validDerivations = async (paths: readonly DrvPath[]): Promise<ReadonlySet<StorePath>> =>
    new Set((await pathInfos(paths, context, { signal, derivations: true })).keys());
  const cacheParts = { directory, context, version, signal, timeoutMs, validDerivations, warn };
  return EvaluationCache.open(flake, cacheParts).catch((error: unknown) => {
    // Whatever is wrong will be said by the evaluations themselves.
    if (!signal.aborted) warn(`nothing is remembered of these evaluations: ${FlurryError.from(error).message}`);
    return undefined;
  });
}
