import { deadline, FlurryError } from "@flurry/core";

import { bringEarlyKeys, bringLateKeys } from "../keys/job-keys.ts";
import { profilesMs } from "../profiles/profile-changes.ts";
import type { RunContext } from "../run-context.ts";
import { copyClosure } from "./copy.ts";
import { dryActivate } from "./dry-activate.ts";
import type { HostJob } from "./host-job.ts";
import type { HostLink } from "./host-link.ts";
import { onceMore } from "./once-more.ts";
import { outcomeOf } from "./outcome.ts";
import type { HostOutcome } from "./outcome.ts";
import { preflight } from "./preflight.ts";
import { proveAndCommit } from "./prove.ts";
import { isPassingTrouble, RemoteRun, untilReached } from "./remote-run.ts";
import type { HostReport } from "./report.ts";
import { awaitVerdict, forgottenVerdict } from "./settle.ts";
import { stage } from "./stage.ts";
import { awaitTried, isAccepted, start } from "./try.ts";

/**
 * Takes one host to a new system: preflight, copy, arm, try, prove, commit, or back.
 *
 * @throws FlurryError for a failure that left the host as it was
 */
export async function deployHost(link: HostLink, job: HostJob, context: RunContext): Promise<HostOutcome> {
  return await activateOnHost(await bringToHost(link, job, context), job, context);
}

/**
 * Takes the host's lock and brings the candidate to its store. Nothing of what the host runs has changed then.
 *
 * @returns the run, whose lock on the host lasts for a minute unless it is renewed
 * @throws FlurryError with the lock given back
 */
export async function bringToHost(link: HostLink, job: HostJob, context: RunContext): Promise<RemoteRun> {
  const { emit } = context;
  const host = link.host.name;
  const run = new RemoteRun(link, job.runId);
  const { freeBytes } = await stage(emit, { host, stage: "preflight" }, () => open(run, job, context));
  return await orGiveBackLock(run, async () => {
    await copyClosure(run, job, { context, freeBytes });
    return run;
  });
}

/** Says it again when the connection breaks: the host may have given its lock to this run, and nobody was told. */
async function open(
  run: RemoteRun,
  job: HostJob,
  { emit, signal }: RunContext,
): Promise<{ readonly freeBytes: number }> {
  const host = run.link.host.name;
  const onRetry = (why: FlurryError): void =>
    emit({ kind: "log", host, stage: "preflight", level: "info", line: `asking once more: ${why.message}` });
  try {
    return await onceMore(() => preflight(run, job, signal), { signal, onRetry });
  } catch (error) {
    if (isPassingTrouble(error)) await giveBackLock(run);
    throw error;
  }
}

/**
 * Activates the system that was brought to a host.
 *
 * Until `start` nothing of the host has changed and a failure is thrown. From then on the host saves itself, and the
 * outcome is what the host says, however long it takes to reach it.
 *
 * @throws FlurryError for a failure that left the host as it was
 */
export async function activateOnHost(run: RemoteRun, job: HostJob, context: RunContext): Promise<HostOutcome> {
  const { emit, signal } = context;
  const host = run.link.host.name;
  const dry = await orGiveBackLock(run, async () => {
    if (job.goal === "dry-activate") return await dryActivate(run, job, context);
    await bringEarlyKeys(run, job, context);
    await stage(emit, { host, stage: "arm" }, () => start(run, signal));
    return undefined;
  });
  return dry ?? (await settleOnHost(run, job, context));
}

/**
 * Everything after `start`: bounded by the host's own deadlines and some time to reach it again after a revert.
 *
 * @throws FlurryError FLURRY_HOST_STATE_UNKNOWN, FLURRY_ABORTED
 */
export async function settleOnHost(run: RemoteRun, job: HostJob, context: RunContext): Promise<HostOutcome> {
  const { name: host, deploy } = run.link.host;
  const hostMs = deploy.activationTimeoutMs + profilesMs(job.profiles) + deploy.confirmTimeoutMs;
  using limit = deadline(2 * hostMs + 120_000, `the deployment of ${host}`, context.signal);
  const { signal } = limit;
  try {
    return await followToVerdict(run, job, { ...context, signal });
  } catch (error) {
    if (!FlurryError.is(error) || error.code !== "FLURRY_HOST_FORGOT") throw error;
    return outcomeOf(await forgottenVerdict({ run, job, signal }), {
      host,
      runId: job.runId,
      proofError: undefined,
      log: "",
    });
  }
}

async function followToVerdict(run: RemoteRun, job: HostJob, context: RunContext): Promise<HostOutcome> {
  const { name: host, deploy } = run.link.host;
  const { emit, signal } = context;
  const tried = job.goal === "boot" ? undefined : await awaitTried(run, context);
  const accepted = tried?.tried === undefined || isAccepted(tried.tried, deploy.unitFailurePolicy);
  const provable = tried !== undefined && tried.verdict === undefined && accepted && deploy.magicRollback;
  const { error: proofError, report: committed } = provable ? await proveAndCommit(run, job, context) : {};
  const verdict = async (): Promise<HostReport> =>
    committed?.verdict === undefined ? await awaitVerdict({ run, signal }) : committed;
  const isExpected = accepted && proofError === undefined;
  const report = isExpected ? await verdict() : await stage(emit, { host, stage: "revert" }, verdict);
  const log = report.verdict === "committed" ? "" : await run.log(signal).catch(() => "");
  const outcome = outcomeOf(report, { host, runId: job.runId, proofError, log });
  // Where there was no proof there was no time for them either.
  return provable ? outcome : await bringLateKeys(run.link, { job, outcome }, context);
}

/** Does something before the run begins on the host, and gives the host's lock back when it fails. */
export async function orGiveBackLock<T>(run: RemoteRun, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    await giveBackLock(run);
    throw error;
  }
}

async function giveBackLock(run: RemoteRun): Promise<void> {
  // Best effort, and also after an abort: a lock that is left behind expires by itself. A broken connection is soon mended.
  using limit = deadline(15_000, "releasing the host's lock");
  const release = async (): Promise<unknown> => await run.verb("release", [], { signal: limit.signal });
  await untilReached(release, limit.signal).catch((error: unknown) => FlurryError.from(error));
}
