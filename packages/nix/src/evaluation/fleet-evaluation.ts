import { FlurryError } from "@flurry/core";
import type { DrvPath, Emit, StorePath } from "@flurry/core";

import type { LockedFlake } from "../flake/locked-flake.ts";
import { inCompletionOrder } from "../pool/completion-order.ts";
import type { RunCall } from "../pool/run-call.ts";
import type { NixVersion } from "../process/capabilities.ts";
import type { NixContext } from "../process/nix-context.ts";
import { pathInfos } from "../store/path-info.ts";
import { askNix } from "./evaluate.ts";
import type { EvaluateParts, NixAnswer } from "./evaluate.ts";
import { EvaluationCache, evaluationCacheDirectory } from "./evaluation-cache.ts";
import type { Lookup } from "./evaluation-cache.ts";
import type { EvaluationReason } from "./evaluation-reason.ts";
import type { EvaluationRecord } from "./evaluation-record.ts";
import type { EvaluateOptions, Evaluation, EvaluationRequest, EvaluationSuccess } from "./evaluation.ts";
import { Measurements } from "./measurements.ts";
import { isOutOfMemory, needOf, oomKills, withMemoryLimit, withMoreMemory } from "./memory.ts";
import { proveRecord } from "./prove.ts";
import type { StoredRecord } from "./record-store.ts";
import type { FindRecorderOptions, Recorder, Recording } from "./recorder.ts";
import { RunRecorder } from "./run-recorder.ts";
import { byDuration, divide } from "./work-list.ts";

/** What the evaluation of a fleet needs of the pool. */
export interface FleetEvaluationParts {
  readonly context: NixContext;
  readonly run: RunCall;
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

/** What is known once nix and the cache were asked; without it nothing can be evaluated. */
interface Session {
  readonly version: NixVersion;
  readonly measurements: Measurements;
  readonly cache: EvaluationCache | undefined;
}

/** One run over the hosts of one flake: what is remembered first, then the others as they come. */
export class FleetEvaluation {
  readonly #flake: LockedFlake;
  readonly #options: EvaluateOptions;
  readonly #parts: FleetEvaluationParts;
  /** Work that goes on after its result is out, and all that must be over before the run is. */
  readonly #work = new Set<Promise<unknown>>();
  #session: Session | undefined;
  #recorder: Promise<RunRecorder | undefined> | undefined;
  #hasWritten = false;

  constructor(flake: LockedFlake, options: EvaluateOptions, parts: FleetEvaluationParts) {
    this.#flake = flake;
    this.#options = options;
    this.#parts = parts;
  }

  /**
   * One result for each request. Nothing is thrown.
   *
   * @yields each result once
   */
  async *results(requests: readonly EvaluationRequest[]): AsyncGenerator<Evaluation, void, undefined> {
    const session = await this.#track(this.#open()).catch((error: unknown) => FlurryError.from(error));
    if (session instanceof Error) {
      for (const { host } of requests) yield failure({ host, error: session, reasons: [], durationMs: 0 });
      return;
    }
    this.#session = session;
    const looks = await this.#lookup(requests, session);
    const { ready, misses, unproven } = divide(requests, looks, this.#options);
    const longestFirst = byDuration(misses, session.measurements);
    const started = [
      ...longestFirst.map(({ request, reasons }) => this.#evaluate(request, reasons, session)),
      ...unproven.map(({ request, stored }) => this.#proveCached(request, stored, session)),
    ].map((work) => this.#track(work));
    for (const { request, stored } of ready) yield this.#cached(request, stored, session);
    yield* inCompletionOrder(started);
  }

  /** Waits for all that goes on, and puts down what was learnt. */
  async end(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
    const recorder = await this.#recorder;
    await recorder?.[Symbol.asyncDispose]();
    await this.#session?.measurements.save();
    if (this.#hasWritten) await this.#session?.cache?.prune(Date.now());
  }

  async #open(): Promise<Session> {
    const { context, signal, emit } = this.#parts;
    const { timeoutMs = 600_000 } = this.#options;
    const version = await this.#parts.version();
    const directory = this.#options.cache === "off" ? undefined : evaluationCacheDirectory(context.env);
    const measurements = await Measurements.open(directory, this.#flake);
    if (directory === undefined) return { version, measurements, cache: undefined };
    const warn = (line: string): void => emit({ kind: "log", stage: "evaluate", level: "warn", line });
    const validDerivations = async (paths: readonly DrvPath[]): Promise<ReadonlySet<StorePath>> =>
      new Set((await pathInfos(paths, context, { signal, derivations: true })).keys());
    const parts = { directory, context, version, signal, timeoutMs, validDerivations, warn };
    const cache = await EvaluationCache.open(this.#flake, parts).catch((error: unknown) => {
      // Whatever is wrong will be said by the evaluations themselves.
      if (!signal.aborted) warn(`nothing is remembered of these evaluations: ${FlurryError.from(error).message}`);
      return undefined;
    });
    return { version, measurements, cache };
  }

  async #lookup(requests: readonly EvaluationRequest[], { cache }: Session): Promise<readonly Lookup[]> {
    const nothing = requests.map((): Lookup => ({ kind: "miss", reasons: [{ kind: "asked" }] }));
    if (cache === undefined || this.#options.cache === "refresh") return nothing;
    return cache.lookup(requests).catch(() => nothing);
  }

  /** An answer from the cache, with all that nix would have said. */
  #cached(request: EvaluationRequest, { file, record }: StoredRecord, { cache }: Session): EvaluationSuccess {
    const { host } = request;
    const { emit } = this.#parts;
    emit({ kind: "stage-started", host, stage: "evaluate", note: "cached" });
    for (const line of record.log) emit({ kind: "log", host, stage: "evaluate", ...line });
    emit({ kind: "stage-finished", host, stage: "evaluate", durationMs: 0, outcome: "ok", note: "cached" });
    if (cache !== undefined) void this.#track(cache.records.touch({ file, record }, new Date()));
    const { drvPath, outPath, system } = record;
    const verified = isSafe(record);
    return { host, status: "ok", drvPath, outPath, system, cached: true, verified, reasons: [], durationMs: 0 };
  }

  /** Asks nix, and remembers what it says. */
  async #evaluate(
    request: EvaluationRequest,
    reasons: readonly EvaluationReason[],
    session: Session,
  ): Promise<Evaluation> {
    const { host } = request;
    const { emit } = this.#parts;
    const recording = await this.#record(session);
    const stage = onceStarted(emit);
    const answer = await this.#ask(request, { session, recording, emit: stage.emit });
    const { durationMs, peakRssBytes } = answer;
    const memory = peakRssBytes === undefined ? {} : { peakRssBytes };
    if (answer.status === "ok" && recording !== undefined) session.measurements.add(request, { durationMs, ...memory });
    const finish = (outcome: "ok" | "failed"): void => {
      if (stage.hasStarted()) emit({ kind: "stage-finished", host, stage: "evaluate", durationMs, outcome });
    };
    if (answer.status === "failed") {
      finish("failed");
      return failure({ host, error: answer.error, reasons, durationMs });
    }
    const remembered = this.#remember(request, answer, { session, recording });
    const verify = this.#options.verify === true;
    if (verify) await remembered;
    else void this.#track(remembered);
    finish("ok");
    const { drvPath, outPath, system } = answer;
    const known = { host, status: "ok", drvPath, outPath, system, reasons, durationMs, ...memory } as const;
    return { ...known, cached: false, verified: true };
  }

  async #ask(
    request: EvaluationRequest,
    {
      session: { version, measurements },
      recording,
      emit,
    }: { readonly session: Session; readonly recording: Recording | undefined; readonly emit: Emit },
  ): Promise<NixAnswer> {
    const { run, signal, freeMemory } = this.#parts;
    const { timeoutMs = 600_000, memoryLimitBytes } = this.#options;
    const parts: EvaluateParts = {
      run,
      emit,
      signal,
      timeoutMs,
      version,
      env: recording?.env ?? {},
      wrapper: recording?.wrapper ?? [],
      need: needOf(measurements.of(request), measurements.peakRssBytes),
    };
    const killsBefore = await oomKills();
    const answer = await askNix(this.#flake, request, withMemoryLimit(parts, memoryLimitBytes));
    if (answer.status === "ok" || signal.aborted || !(await isOutOfMemory(answer.error, killsBefore))) return answer;
    const { host } = request;
    const line = "ran out of memory and is evaluated again, alone";
    emit({ kind: "log", host, stage: "evaluate", level: "warn", line });
    return askNix(this.#flake, request, withMoreMemory(parts, { memoryLimitBytes, freeMemory }));
  }

  /** Prepares the recording of one evaluation; undefined when nothing is to be remembered. */
  async #record({ cache, version }: Session): Promise<Recording | undefined> {
    if (cache === undefined) return undefined;
    const { context, signal } = this.#parts;
    const { timeoutMs = 600_000 } = this.#options;
    // A recorder that cannot be had is a run without one: the evaluations say what is wrong.
    const open = async (): Promise<RunRecorder> => {
      const recorder = await this.#parts.recorder({ signal, timeoutMs });
      return RunRecorder.open(this.#flake, context, { version, signal, timeoutMs, recorder });
    };
    this.#recorder ??= open().catch(() => undefined);
    const recorder = await this.#recorder;
    return recorder?.start(this.#flake.storePath).catch(() => undefined);
  }

  async #remember(
    request: EvaluationRequest,
    answer: Extract<NixAnswer, { status: "ok" }>,
    {
      session: { cache, version },
      recording,
    }: { readonly session: Session; readonly recording: Recording | undefined },
  ): Promise<void> {
    if (cache === undefined) return;
    const reads = await recording?.reads().catch(() => undefined);
    const record = await cache.remember(request, answer, reads).catch(() => undefined);
    this.#hasWritten = true;
    if (record === undefined || this.#options.verify !== true) return;
    await this.#prove(request, record, { cache, version });
  }

  /** A remembered answer that is only given out once it is proven; else nix is asked. */
  async #proveCached(request: EvaluationRequest, stored: StoredRecord, session: Session): Promise<Evaluation> {
    const { cache, version } = session;
    if (cache === undefined) return this.#evaluate(request, [{ kind: "asked" }], session);
    const proven = await this.#prove(request, stored.record, { cache, version });
    if (proven === "proven")
      return this.#cached(request, { ...stored, record: { ...stored.record, proven: true } }, session);
    if (proven === "impossible") return this.#cached(request, stored, session);
    return this.#evaluate(request, [{ kind: "refuted" }], session);
  }

  async #prove(
    request: EvaluationRequest,
    record: EvaluationRecord,
    { cache, version }: { readonly cache: EvaluationCache; readonly version: NixVersion },
  ): Promise<"proven" | "refuted" | "impossible" | "unknown"> {
    const { host } = request;
    const { context, run, signal, emit } = this.#parts;
    const { timeoutMs = 600_000 } = this.#options;
    const quiet = { run, emit: () => {}, signal, timeoutMs, version };
    try {
      const proof = await proveRecord(record, {
        flake: this.#flake,
        context,
        version,
        signal,
        ask: (flake, driver) => askNix(flake, request, { ...quiet, driver }),
      });
      if (proof.kind === "impossible") return "impossible";
      if (proof.kind === "proven") {
        for (const each of proof.records) await cache.records.put(request, each);
        await cache.records.unrefute(request);
        return "proven";
      }
      const line = `what it depends on could not be proven, so that from now on every change of the source counts: ${proof.why}`;
      emit({ kind: "log", host, stage: "evaluate", level: "warn", line });
      await cache.records.refute(request, proof.why);
      return "refuted";
    } catch (error) {
      const line = `the proof of what it depends on could not be made: ${FlurryError.from(error).message}`;
      if (!signal.aborted) emit({ kind: "log", host, stage: "evaluate", level: "warn", line });
      return "unknown";
    }
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#work.add(work);
    try {
      return await this.#parts.track(work);
    } finally {
      this.#work.delete(work);
    }
  }
}

/** True when an answer rests on a proof, or on the whole source. */
function isSafe({ proven, doubts }: EvaluationRecord): boolean {
  return proven || doubts.length > 0;
}

function failure({
  host,
  error,
  reasons,
  durationMs,
}: {
  readonly host: string;
  readonly error: FlurryError;
  readonly reasons: readonly EvaluationReason[];
  readonly durationMs: number;
}): Evaluation {
  return { host, status: "failed", error: error.withHost(host), cached: false, reasons, durationMs };
}

/** A stage starts once, though it may take two processes. */
function onceStarted(emit: Emit): { readonly emit: Emit; readonly hasStarted: () => boolean } {
  let started = false;
  return {
    emit: (event) => {
      if (event.kind === "stage-started" && started) return;
      if (event.kind === "stage-started") started = true;
      emit(event);
    },
    hasStarted: () => started,
  };
}
