import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";

import { FlurryError } from "@flurry/core";

import { performJob, rekeyTools } from "./rekey-job.ts";
import type { RekeyJob, RekeyKeys } from "./rekey-job.ts";
import type { JobOutcome, RekeyWorkerData } from "./rekey-worker.ts";

/** How jobs are run. */
export interface RunJobsOptions {
  /** Worker threads; 0 does all in this thread. Default: as many as there are processors, where it pays. */
  readonly workers?: number;
  readonly signal?: AbortSignal | undefined;
  /** Told after each file. */
  readonly onDone?: (path: string) => void;
}

/** A thread takes as long to start, and to read each file once more, as keying about this many files does. */
const worthThread = 1000;

/** Files that a thread is given at a time, and after which signals get their turn in this one. */
const batchSize = 20;

/**
 * Does jobs, in their order of results; a failure of one does not keep the others from being done. The keys at hand are
 * tried first, then those that have to be unlocked, then whatever else opens a file.
 *
 * @throws FlurryError FLURRY_ABORTED, and what unlocking throws
 */
export async function runJobs(
  jobs: readonly RekeyJob[],
  keys: RekeyKeys,
  options: RunJobsOptions = {},
): Promise<Outcome[]> {
  const { unlock, openers = [], ...rest } = keys;
  const hasNone = keys.identities.length === 0;
  let outcomes: readonly Outcome[] = hasNone ? jobs.map((job) => noKey(job)) : await runAll(jobs, rest, options);
  let { identities } = keys;
  if (unlock !== undefined && outcomes.some(lacksKey)) {
    const more = await unlock();
    identities = [...identities, ...more];
    if (more.length > 0)
      outcomes = await again(jobs, outcomes, (left) => runAll(left, { ...rest, identities }, options));
  }
  if (!outcomes.some(lacksKey)) return [...outcomes];
  // Also says, for each file that nothing opens, whom it is for.
  return await again(jobs, outcomes, (left) => runHere(left, { ...rest, identities, openers }, options));
}

type Outcome = Uint8Array | FlurryError;

async function again(
  jobs: readonly RekeyJob[],
  outcomes: readonly Outcome[],
  run: (left: readonly RekeyJob[]) => Promise<readonly Outcome[]>,
): Promise<Outcome[]> {
  const left = jobs.filter((_, index) => lacksKey(outcomes[index]));
  const further = new Map((await run(left)).map((outcome, index) => [left[index], outcome]));
  return jobs.flatMap((job, index) => further.get(job) ?? outcomes[index] ?? []);
}

function lacksKey(outcome: Outcome | undefined): boolean {
  return FlurryError.is(outcome) && (outcome.code === "FLURRY_SOPS_NO_KEY" || outcome.code === "FLURRY_AGE_NO_MATCH");
}

function noKey({ path }: RekeyJob): FlurryError {
  return new FlurryError("FLURRY_SOPS_NO_KEY", "There is no private key", { place: { file: path } });
}

async function runAll(
  jobs: readonly RekeyJob[],
  keys: Omit<RekeyKeys, "unlock">,
  options: RunJobsOptions,
): Promise<readonly Outcome[]> {
  const sendable = jobs.filter(canBeSent);
  const workers = options.workers ?? usefulThreads(sendable.length);
  // What talks to people or programs stays in this thread.
  const plain = keys.identities.filter(({ kind }) => kind !== "plugin");
  if (workers === 0 || plain.length < keys.identities.length) return await runHere(jobs, keys, options);
  const others = jobs.filter((job) => !canBeSent(job));
  const threads = await runInThreads(sendable.map(withoutParsed), plain, { ...options, workers });
  const here = await runHere(others, keys, options);
  return jobs.flatMap((job) => (canBeSent(job) ? threads.shift() : here.shift()) ?? []);
}

/** One thread has no advantage over this one. */
function usefulThreads(files: number): number {
  const threads = Math.min(availableParallelism(), Math.floor(files / worthThread));
  return threads < 2 ? 0 : threads;
}

/** A tree costs more to send than to read again. */
function withoutParsed(job: RekeyJob): RekeyJob {
  const { path, form, content, groups, threshold, action, armor, now } = job;
  return { path, form, content, groups, threshold, action, armor, now };
}

/** PGP and plugins are other programs. */
function canBeSent({ groups }: RekeyJob): boolean {
  return groups.flat().every(({ type, id }) => type === "age" && !isPlugin(id));
}

function isPlugin(id: string): boolean {
  return /^age1[a-z0-9-]*1/.test(id.replace(/^age1(?:pq|tag|tagpq)1/, "age"));
}

async function runHere(
  jobs: readonly RekeyJob[],
  keys: Omit<RekeyKeys, "unlock">,
  { signal, onDone }: RunJobsOptions,
): Promise<Outcome[]> {
  const tools = await rekeyTools(keys);
  const outcomes: Outcome[] = [];
  for (const [index, job] of jobs.entries()) {
    // Most of the work is done without waiting for anything, and an interruption is to be heard.
    if (index % batchSize === batchSize - 1) await nextTurn();
    signal?.throwIfAborted();
    try {
      outcomes.push(await performJob(job, tools));
    } catch (error) {
      outcomes.push(FlurryError.from(error));
    }
    onDone?.(job.path);
  }
  return outcomes;
}

async function runInThreads(
  jobs: readonly RekeyJob[],
  identities: RekeyKeys["identities"],
  { workers, signal, onDone }: RunJobsOptions & { readonly workers: number },
): Promise<Outcome[]> {
  const { Piscina } = await import("piscina");
  const data: RekeyWorkerData = { identities };
  const pool = new Piscina<readonly RekeyJob[], JobOutcome[]>({
    filename: import.meta.resolve("@flurry/secrets/rekey-worker"),
    name: "rekeyFiles",
    minThreads: workers,
    maxThreads: workers,
    workerData: data,
    atomics: "disabled",
    execArgv: [],
  });
  const died = new Promise<never>((_, reject) => void pool.on("error", reject));
  died.catch(() => {});
  try {
    const batches = Array.from({ length: Math.ceil(jobs.length / batchSize) }, (_, index) =>
      jobs.slice(index * batchSize, (index + 1) * batchSize),
    );
    const ends = await Promise.all(
      batches.map(async (batch) => {
        const outcomes = await Promise.race([pool.run(batch, signal === undefined ? {} : { signal }), died]);
        for (const { path } of batch) onDone?.(path);
        return outcomes;
      }),
    );
    return ends.flat().map((outcome) => ("after" in outcome ? outcome.after : FlurryError.fromJSON(outcome.error)));
  } catch (cause) {
    signal?.throwIfAborted();
    throw new FlurryError("FLURRY_INTERNAL", "a worker thread died while it keyed files anew", { cause });
  } finally {
    await pool.destroy();
  }
}
