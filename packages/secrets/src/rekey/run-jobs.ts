import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";

import { FlurryError } from "@flurry/core";

import { performJob, rekeyTools } from "./rekey-job.ts";
import type { RekeyJob, RekeyKeys, RekeyTools } from "./rekey-job.ts";
import type { JobOutcome, RekeyWorkerData } from "./rekey-worker.ts";

/** How jobs are run. */
export interface RunJobsOptions {
  /** Worker threads beside this one; 0 does all in this one. Default: one for each further processor, where it pays. */
  readonly workers?: number;
  readonly signal?: AbortSignal | undefined;
  /** Told after each file. */
  readonly onDone?: (path: string) => void;
}

/**
 * How much of the work a thread has to be spared before another one pays, in files with a new data key. It has to load,
 * read the files anew and be compiled to fast code once more; on two processors that costs as much as these.
 */
const worthThread = 400;

/** What it takes to give a file other recipients, beside sealing all of its values anew. */
const recipientsShare = 1 / 3;

/** Files that a thread is given at a time, and after which signals and answers of others get their turn in this one. */
const batchSize = 10;

/** Batches that a thread has at hand, so that it goes on while this thread is too busy to give it another. */
const batchesAhead = 3;

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
  return await again(jobs, outcomes, async (left) =>
    runHere(left, await rekeyTools({ ...rest, identities, openers }), options),
  );
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
  const workers = options.workers ?? usefulThreads(sendable);
  // What talks to people or programs stays in this thread.
  const isOpen = keys.identities.every(({ kind }) => kind !== "plugin");
  if (workers === 0 || sendable.length === 0 || !isOpen) return await runHere(jobs, await rekeyTools(keys), options);
  return await runShared(jobs, keys, { ...options, workers });
}

function usefulThreads(jobs: readonly RekeyJob[]): number {
  const work = jobs.reduce((sum, { action }) => sum + (action === "rotate" ? 1 : recipientsShare), 0);
  return Math.min(availableParallelism() - 1, Math.floor(work / worthThread));
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
  tools: RekeyTools,
  { signal, onDone }: RunJobsOptions,
): Promise<Outcome[]> {
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

/** This thread and others take batches of jobs, each as soon as it is done with those before. */
async function runShared(
  jobs: readonly RekeyJob[],
  keys: Omit<RekeyKeys, "unlock">,
  options: RunJobsOptions & { readonly workers: number },
): Promise<Outcome[]> {
  const outcomes = new Map<RekeyJob, Outcome>();
  const keep = async (batch: readonly RekeyJob[], done: Promise<readonly Outcome[]>): Promise<void> => {
    for (const [index, outcome] of (await done).entries()) {
      const job = batch[index];
      if (job !== undefined) outcomes.set(job, outcome);
    }
  };
  // A loop over it that fails ends it for all.
  const queue = batchesOf(jobs.filter(canBeSent));
  const others = jobs.filter((job) => !canBeSent(job));
  await using threads = await openThreads(keys.identities, options);
  const tools = await rekeyTools(keys);
  const inThread = async (): Promise<void> => {
    for (const batch of queue) await keep(batch, threads.run(batch));
  };
  const here = async (): Promise<void> => {
    for (const batch of queue) await keep(batch, runHere(batch, tools, options));
    await keep(others, runHere(others, tools, options));
  };
  await Promise.all([...Array.from({ length: options.workers * batchesAhead }, inThread), here()]);
  return jobs.flatMap((job) => outcomes.get(job) ?? []);
}

function* batchesOf(jobs: readonly RekeyJob[]): Generator<readonly RekeyJob[], void> {
  for (let start = 0; start < jobs.length; start += batchSize) yield jobs.slice(start, start + batchSize);
}

interface Threads extends AsyncDisposable {
  run(batch: readonly RekeyJob[]): Promise<readonly Outcome[]>;
}

async function openThreads(
  identities: RekeyKeys["identities"],
  { workers, signal, onDone }: RunJobsOptions & { readonly workers: number },
): Promise<Threads> {
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
  return {
    run: async (batch) => {
      try {
        const sent = batch.map(withoutParsed);
        const ends = await Promise.race([pool.run(sent, signal === undefined ? {} : { signal }), died]);
        for (const { path } of batch) onDone?.(path);
        return ends.map((end) => ("after" in end ? end.after : FlurryError.fromJSON(end.error)));
      } catch (cause) {
        signal?.throwIfAborted();
        throw new FlurryError("FLURRY_INTERNAL", "a worker thread died while it keyed files anew", { cause });
      }
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}
