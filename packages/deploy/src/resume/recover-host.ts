import { FlurryError } from "@flurry/core";

import { settleOnHost } from "../host/deploy-host.ts";
import type { HostJob } from "../host/host-job.ts";
import type { HostLink } from "../host/host-link.ts";
import { outcomeOf } from "../host/outcome.ts";
import type { HostOutcome } from "../host/outcome.ts";
import { RemoteRun, untilReached } from "../host/remote-run.ts";
import { reportOf } from "../host/report.ts";
import type { HostReport } from "../host/report.ts";
import type { RunContext } from "../run-context.ts";

/** What a host has to say of a run whose deployer died: how it ended there, or that it can be begun anew. */
export type Recovery =
  | { readonly kind: "settled"; readonly outcome: HostOutcome }
  /** `cameFrom`: it has committed, but has yet to reboot; the generation that it had before, where this run took it from one. */
  | { readonly kind: "to-do"; readonly cameFrom?: number };

/** A release waits this long for work that goes on, and the answer takes its way. */
const releaseMs = 40_000;

/**
 * Asks a host what became of a run, and brings it to its end there.
 *
 * A run that has not begun is forgotten, with its lock. One that has begun is followed to its verdict: a host that
 * still waits for a confirmation gets its proof and commits. One that went back only because nobody was there to
 * confirm it can be tried again.
 *
 * @param job - what the run wanted of the host, and whether it is rebooted afterwards
 * @throws FlurryError those of the connection; FLURRY_HOST_STATE_UNKNOWN
 */
export async function recoverHost(
  link: HostLink,
  { reboots, ...job }: HostJob & { readonly reboots: boolean },
  context: RunContext,
): Promise<Recovery> {
  const run = new RemoteRun(link, job.runId);
  const { signal } = context;
  try {
    const report = reportOf(await run.verb("release", [], { signal, timeoutMs: releaseMs }));
    if (report.verdict === undefined || report.verdict === "reverted") return { kind: "to-do" };
    // A reboot is begun behind the verdict, and nobody but its deployer saw the end of it.
    if (reboots && report.verdict === "committed" && !report.bootedSince) return toReboot(report, job);
    // Somebody else may have taken the host elsewhere since then.
    if (report.verdict !== "revert-failed" && report.current !== job.candidate) return { kind: "to-do" };
    const log = await run.log(signal).catch(() => "");
    const evidence = { host: link.host.name, runId: job.runId, proofError: undefined, log };
    return { kind: "settled", outcome: outcomeOf(report, evidence) };
  } catch (error) {
    if (FlurryError.is(error) && error.code === "FLURRY_HOST_FORGOT") return { kind: "to-do" };
    if (!FlurryError.is(error) || error.code !== "FLURRY_HOST_BUSY") throw error;
  }
  return await follow(run, { reboots, ...job }, context);
}

function toReboot({ beforeGeneration, beforeSystem }: HostReport, { candidate }: Pick<HostJob, "candidate">): Recovery {
  // A run that went on with another one found its system there already: what was before is for the other one to say.
  if (beforeGeneration === undefined || beforeSystem === candidate) return { kind: "to-do" };
  return { kind: "to-do", cameFrom: beforeGeneration };
}

async function follow(
  run: RemoteRun,
  { reboots, ...job }: HostJob & { readonly reboots: boolean },
  context: RunContext,
): Promise<Recovery> {
  const outcome = await untilReached(() => settleOnHost(run, job, context), context.signal);
  const { status, error } = outcome;
  const nobodyConfirmed = status === "reverted" && error?.code === "FLURRY_NOT_CONFIRMED" && error.cause === undefined;
  if (nobodyConfirmed) return { kind: "to-do" };
  if (!reboots || status !== "deployed") return { kind: "settled", outcome };
  return toReboot(reportOf(await run.verb("status", [], { signal: context.signal })), job);
}
