import { FlurryError } from "@flurry/core";
import type { Emit } from "@flurry/core";

import type { LockedFlake } from "../flake/locked-flake.ts";
import { inCompletionOrder } from "../pool/completion-order.ts";
import { askTwice } from "./ask-twice.ts";
import type { NixAnswer } from "./evaluate.ts";
import type { Lookup } from "./evaluation-cache.ts";
import { evaluationStage, failure, tellCached } from "./evaluation-stage.ts";
import type { EvaluateOptions, Evaluation, EvaluationRequest, EvaluationSuccess } from "./evaluation.ts";
import { proveHost } from "./prove-host.ts";
import type { StoredRecord } from "./record-store.ts";
import { forgetRecorders } from "./recorder-memory.ts";
import type { Recording } from "./recorder.ts";
import { RunRecorder } from "./run-recorder.ts";
import { openSession } from "./session.ts";
import type { FleetEvaluationParts, Session } from "./session.ts";
import { byDuration, divide } from "./work-list.ts";
import type { Miss } from "./work-list.ts";

/** One run over the hosts of one flake: what is remembered first, then the others as they come. */
export class FleetEvaluation {
  readonly #flake: LockedFlake;
  readonly #options: EvaluateOptions;
  readonly #parts: FleetEvaluationParts;
  /** Work that goes on after its result is out, and all that must be over before the run is. */
  readonly #work = new Set<Promise<unknown>>();
  #session: Session | undefined;
  #recorder: Promise<RunRecorder | undefined> | undefined;
  #recordings: Promise<Recording | undefined> = Promise.resolve(undefined);
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
    const opening = openSession(this.#flake, this.#options, this.#parts);
    const session = await this.#track(opening).catch((error: unknown) => FlurryError.from(error));
    if (session instanceof Error) {
      for (const { host } of requests) yield failure({ host, error: session, reasons: [], durationMs: 0 });
      return;
    }
    this.#session = session;
    const found = await this.#lookup(requests, session);
    const hits = requests.filter((_, index) => found[index]?.kind === "hit");
    const running = this.#evaluateAll(divide(requests, found).misses, session);
    const { ready, misses, unproven } = divide(hits, await this.#confirm(found, session), this.#options);
    const later = [
      ...this.#evaluateAll(misses, session),
      ...unproven.map(({ request, stored }) => this.#track(this.#proveCached(request, stored, session))),
    ];
    for (const { request, stored } of ready) yield this.#cached(request, stored, session);
    yield* inCompletionOrder([...running, ...later]);
  }

  /** Waits for all that goes on, and puts down what was learnt. */
  async end(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
    const recorder = await this.#recorder;
    await recorder?.[Symbol.asyncDispose]();
    await this.#session?.measurements.save();
    if (this.#hasWritten) await this.#session?.cache?.prune(Date.now());
  }

  #cached({ host }: EvaluationRequest, stored: StoredRecord, { cache }: Session): EvaluationSuccess {
    if (cache !== undefined) void this.#track(cache.records.touch(stored, new Date()));
    return tellCached(host, stored.record, this.#parts.emit);
  }

  /** Begins with the hosts that take longest. */
  #evaluateAll(misses: readonly Miss[], session: Session): readonly Promise<Evaluation>[] {
    const longestFirst = byDuration(misses, session.measurements);
    if (misses.length > 0) this.#parts.prepareRun();
    return longestFirst.map((miss) => this.#track(this.#evaluate(miss, session)));
  }

  /** Asks nix, and remembers what it says. */
  async #evaluate({ request, reasons, previous }: Miss, session: Session): Promise<Evaluation> {
    const { host } = request;
    const recording = await this.#record(session);
    const stage = evaluationStage(host, this.#parts.emit);
    const emit: Emit = (event) => {
      stage.emit(event);
      // While nix is at work there is time.
      const isAtWork = event.kind === "stage-started" && previous !== undefined && session.cache !== undefined;
      if (isAtWork) void this.#track(session.cache.foresee(previous));
    };
    const answer = await askTwice(request, session, { recording, emit });
    const { durationMs, peakRssBytes } = answer;
    if (answer.status === "failed") {
      stage.finish("failed", durationMs);
      return failure({ host, error: answer.error, reasons, durationMs });
    }
    const memory = peakRssBytes === undefined ? {} : { peakRssBytes };
    if (recording !== undefined) session.measurements.add(request, { durationMs, ...memory });
    const remembered = this.#remember(request, answer, { session, recording });
    // What is remembered is not waited for, but for a proof, which belongs to the answer.
    if (this.#options.verify === true) await remembered;
    else void this.#track(remembered);
    stage.finish("ok", durationMs);
    const { drvPath, outPath, system, secrets } = answer;
    const told = { ...memory, ...(secrets === undefined ? {} : { secrets }) };
    const known = { host, status: "ok", drvPath, outPath, system, reasons, durationMs, ...told } as const;
    return { ...known, cached: false, verified: true };
  }

  async #lookup(requests: readonly EvaluationRequest[], session: Session): Promise<readonly Lookup[]> {
    const { cache, options } = session;
    const nothing = requests.map((): Lookup => ({ kind: "miss", reasons: [{ kind: "asked" }] }));
    const isAsked = cache === undefined || options.cache === "refresh";
    return isAsked ? nothing : cache.lookup(requests).catch(() => nothing);
  }

  /** The answers that are remembered, with those of which nobody knows whether they still stand as work to do. */
  async #confirm(found: readonly Lookup[], { cache }: Session): Promise<readonly Lookup[]> {
    const hits = found.filter(({ kind }) => kind === "hit");
    const doubted = hits.map((): Lookup => ({ kind: "miss", reasons: [{ kind: "asked" }] }));
    return cache === undefined || hits.length === 0 ? doubted : cache.confirm(hits).catch(() => doubted);
  }

  /** Finds a recorder once; undefined when nothing is to be remembered. */
  async #openRecorder({ cache, version, timeoutMs }: Session): Promise<RunRecorder | undefined> {
    if (cache === undefined) return undefined;
    const { context, signal } = this.#parts;
    const open = async (): Promise<RunRecorder> => {
      const recorder = await this.#parts.recorder({ signal, timeoutMs });
      if (recorder.kind === "none") this.#sayBlind(recorder.reason);
      return RunRecorder.open(this.#flake, context, { version, signal, timeoutMs, recorder });
    };
    // A recorder that cannot be had is a run without one: the evaluations say what is wrong.
    this.#recorder ??= open().catch(() => undefined);
    return await this.#recorder;
  }

  #sayBlind(reason: string): void {
    // Elsewhere than on Linux there is nothing that could be done about it.
    const level = process.platform === "linux" ? "warn" : "info";
    const line = `what evaluations read is not seen, so that each change evaluates every host again: ${reason}`;
    this.#parts.emit({ kind: "log", stage: "evaluate", level, line });
  }

  /** Prepares the recording of one evaluation; undefined when nothing is to be remembered. */
  async #record(session: Session): Promise<Recording | undefined> {
    const recorder = await this.#openRecorder(session);
    if (recorder === undefined) return undefined;
    // One after another, so that those that are to be first are.
    const started = this.#recordings.then(() => recorder.start(this.#flake.storePath)).catch(() => undefined);
    this.#recordings = started;
    return await started;
  }

  async #remember(
    request: EvaluationRequest,
    answer: Extract<NixAnswer, { status: "ok" }>,
    { session, recording }: { readonly session: Session; readonly recording: Recording | undefined },
  ): Promise<void> {
    const { cache } = session;
    if (cache === undefined) return;
    const reads = await recording?.reads().catch(() => undefined);
    const record = await cache.remember(request, answer, reads).catch(() => undefined);
    this.#hasWritten = true;
    const isBlind = record?.doubts.includes("unseen") === true;
    if (isBlind && (await this.#recorder)?.recorder.kind === "preload") await forgetRecorders(this.#parts.context.env);
    if (record !== undefined && this.#options.verify === true) await proveHost(request, record, session);
  }

  /** A remembered answer that is only given out once it is proven, or cannot be; else nix is asked. */
  async #proveCached(request: EvaluationRequest, stored: StoredRecord, session: Session): Promise<Evaluation> {
    const proof = await proveHost(request, stored.record, session);
    if (proof === "impossible") return this.#cached(request, stored, session);
    if (proof !== "proven") return this.#evaluate({ request, reasons: [{ kind: "refuted" }] }, session);
    return this.#cached(request, { ...stored, record: { ...stored.record, proven: true } }, session);
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
