import { setMaxListeners } from "node:events";
import { availableParallelism } from "node:os";

import { FlurryError } from "@flurry/core";
import type { Emit, StorePath } from "@flurry/core";

import type { BuildOptions, BuildRequest, BuildResult } from "../build/build-request.ts";
import { buildAll } from "../build/build.ts";
import type { EvaluateOptions, Evaluation, EvaluationRequest } from "../evaluation/evaluation.ts";
import { FleetEvaluation } from "../evaluation/fleet-evaluation.ts";
import { knownRecorder } from "../evaluation/recorder-memory.ts";
import type { Recorder } from "../evaluation/recorder.ts";
import type { LockedFlake } from "../flake/locked-flake.ts";
import { knownNixVersion } from "../process/capabilities.ts";
import type { NixVersion } from "../process/capabilities.ts";
import type { NixContext } from "../process/nix-context.ts";
import type { CopyOptions, CopyReport, CopyRequest, FetchRequest } from "../store/copy-request.ts";
import { copyPaths } from "../store/copy.ts";
import { fetchPaths } from "../store/fetch.ts";
import { pathInfos } from "../store/path-info.ts";
import { Admission } from "./admission.ts";
import type { RunCall } from "./run-call.ts";
import { WorkerThread } from "./worker-thread.ts";

/** Bytes that processes may still take, by the limits of a container too. */
const availableMemory = (): number => process.availableMemory();

/** What a {@link NixPool} needs. */
export interface NixPoolOptions {
  readonly context: NixContext;
  /**
   * How many evaluations run at a time, as long as memory is free for what they are expected to need. Each needs a core
   * and, for a NixOS system, 0.5 to 2 GB.
   *
   * @default the number of cores, at most 16
   */
  readonly concurrency?: number;
  /**
   * How to see what evaluations read.
   *
   * @default what `findRecorder` finds
   */
  readonly recorder?: Recorder;
  /** Takes the events of the stages evaluate, build and copy. */
  readonly emit?: Emit;
}

/**
 * Runs nix for many hosts: evaluations beside each other, builds in one, copies as asked for. A worker thread owns the
 * processes and reads their logs. No process outlives an abort, the pool, or this process.
 */
export class NixPool implements AsyncDisposable {
  readonly #context: NixContext;
  readonly #emit: Emit;
  readonly #worker: WorkerThread;
  readonly #evaluations: Admission;
  #recorder: Recorder | undefined;
  readonly #disposal = new AbortController();
  readonly #active = new Set<Promise<unknown>>();

  constructor({ context, concurrency, recorder, emit = () => {} }: NixPoolOptions) {
    this.#context = context;
    this.#recorder = recorder;
    this.#emit = emit;
    this.#worker = new WorkerThread(context);
    this.#evaluations = new Admission({
      limit: concurrency ?? Math.min(availableParallelism(), 16),
      freeMemory: availableMemory,
    });
  }

  /**
   * Evaluates each host in a process of its own, unless nothing that its last evaluation depended on has changed, and
   * hands out the results as they come. What goes wrong for a host is
   * that host's result; hosts that an abort reaches fail with FLURRY_ABORTED. Work begins when the first result is asked for;
   * leaving the loop ends what still runs.
   *
   * @yields one result for each request
   */
  async *evaluate(
    flake: LockedFlake,
    requests: readonly EvaluationRequest[],
    options: EvaluateOptions = {},
  ): AsyncGenerator<Evaluation, void, undefined> {
    const left = new AbortController();
    const signal = this.#signal(options.signal, left.signal);
    const run: RunCall = (call, follow) =>
      this.#evaluations.run(() => this.#worker.run(call, follow), {
        signal: follow.signal,
        what: call.what,
        ...(follow.need === undefined ? {} : { need: follow.need }),
      });
    const evaluation = new FleetEvaluation(flake, options, {
      context: this.#context,
      run,
      prepareRun: () => this.#worker.prepare(),
      emit: this.#emit,
      signal,
      version: () => this.#nixVersion(),
      freeMemory: availableMemory,
      recorder: async (search) => (this.#recorder ??= await knownRecorder(this.#context, search)),
      track: (work) => this.#track(work),
    });
    try {
      yield* evaluation.results(requests);
    } finally {
      left.abort(new FlurryError("FLURRY_ABORTED", "nobody waits for the evaluation any more"));
      await this.#track(evaluation.end());
    }
  }

  /**
   * Builds all in one `nix build --keep-going`. The results are in the order of the requests. What goes wrong for a host
   * is its result; it fails when something it needs does, and only then. Nothing is thrown.
   */
  async build(requests: readonly BuildRequest[], options: BuildOptions = {}): Promise<readonly BuildResult[]> {
    if (requests.length === 0) return [];
    const signal = this.#signal(options.signal);
    const { store } = options;
    const sshOpts = store?.nixSshOpts === undefined ? {} : { NIX_SSHOPTS: store.nixSshOpts };
    const run: RunCall = (call, follow) => this.#worker.run({ ...call, env: { ...call.env, ...sshOpts } }, follow);
    const build = async (): Promise<readonly BuildResult[]> => {
      const version = await this.#nixVersion().catch((error: unknown) => FlurryError.from(error));
      if (version instanceof Error)
        return requests.map(({ host }) => ({ host, status: "failed", error: version.withHost(host) }));
      const validPaths = async (paths: readonly StorePath[]): Promise<ReadonlySet<StorePath>> =>
        new Set(
          (
            await pathInfos(paths, this.#context, {
              signal,
              ...(store === undefined ? {} : { storeUri: store.uri, env: sshOpts }),
            })
          ).keys(),
        );
      return buildAll(requests, options, { run, emit: this.#emit, version, signal, validPaths });
    };
    return this.#track(build());
  }

  /**
   * Copies paths and all they refer to into another store. That nix ended well is taken as proof that they are there.
   *
   * @throws FlurryError FLURRY_COPY_FAILED, FLURRY_COPY_UNSIGNED, FLURRY_HOST_DISK_FULL, FLURRY_HOST_UNSUITABLE,
   * FLURRY_SSH_*, FLURRY_NIX_*, FLURRY_TIMEOUT (also when it stalls), FLURRY_ABORTED
   */
  async copy(request: CopyRequest, options: CopyOptions = {}): Promise<CopyReport> {
    const signal = this.#signal(options.signal);
    const run: RunCall = (call, follow) => this.#worker.run(call, follow);
    const infos = (paths: readonly StorePath[]): ReturnType<typeof pathInfos> =>
      pathInfos(paths, this.#context, { signal });
    return this.#track(copyPaths(request, options, { run, emit: this.#emit, signal, pathInfos: infos }));
  }

  /**
   * Brings paths and all they refer to from another store into this machine's.
   *
   * @throws FlurryError as {@link copy} does
   */
  async fetch(request: FetchRequest, options: CopyOptions = {}): Promise<void> {
    const signal = this.#signal(options.signal);
    const run: RunCall = (call, follow) => this.#worker.run(call, follow);
    await this.#track(fetchPaths(request, options, { run, signal }));
  }

  /** Ends all that runs and waits for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposal.abort(new FlurryError("FLURRY_ABORTED", "the pool was closed"));
    await Promise.allSettled(this.#active);
    await this.#worker[Symbol.asyncDispose]();
  }

  #signal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
    const any = AbortSignal.any([this.#disposal.signal, ...signals.filter((signal) => signal !== undefined)]);
    // Each host listens; that is no leak.
    setMaxListeners(0, any);
    return any;
  }

  /** The nix on PATH does not change while a pool lives. */
  async #nixVersion(): Promise<NixVersion> {
    return await knownNixVersion(this.#context, { signal: this.#disposal.signal });
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#active.add(work);
    try {
      return await work;
    } finally {
      this.#active.delete(work);
    }
  }
}
