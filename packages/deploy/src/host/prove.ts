import { deadline, FlurryError } from "@flurry/core";

import { checkHealth } from "../health/check-health.ts";
import { bringProofKeys } from "../keys/job-keys.ts";
import type { RunContext } from "../run-context.ts";
import type { HostJob } from "./host-job.ts";
import { isPassingTrouble, untilReached } from "./remote-run.ts";
import type { RemoteRun } from "./remote-run.ts";
import { reportOf } from "./report.ts";
import type { HostReport } from "./report.ts";
import { stage } from "./stage.ts";

/** How the proof went. */
export interface Proof {
  readonly error?: FlurryError;
  /** What the host said when it was told to commit. */
  readonly report?: HostReport;
}

/**
 * Proves that the host can be reached and is healthy on its new system, and lets it commit.
 *
 * The proof is a connection that is opened now: one from before says nothing about sshd, firewall or addresses as they are.
 * Tells what kept the proof from being made, if something did; the host then goes back by itself, or was asked to.
 */
export async function proveAndCommit(run: RemoteRun, job: HostJob, context: RunContext): Promise<Proof> {
  const host = run.link.host;
  const { emit } = context;
  try {
    const decided = await stage(emit, { host: host.name, stage: "prove" }, () => prove(run, job, context));
    if (decided) return {};
    const report = await stage(emit, { host: host.name, stage: "commit" }, () => confirm(run, context.signal));
    return { report };
  } catch (error) {
    if (!FlurryError.is(error)) throw error;
    // Reading the verdict tells how it went; a confirmation whose answer was lost is no failure.
    if (!isPassingTrouble(error)) await giveUp(run, error, context.signal);
    return { error };
  }
}

/** Says it again when the connection breaks: a host that has decided by then says how. */
async function confirm(run: RemoteRun, signal: AbortSignal): Promise<HostReport> {
  const { name, deploy } = run.link.host;
  using limit = deadline(deploy.confirmTimeoutMs + 30_000, `confirming the new system of ${name}`, signal);
  const ask = async (): Promise<HostReport> =>
    reportOf(await run.verb("confirm", [], { signal: limit.signal, timeoutMs: 30_000 }));
  return await untilReached(ask, limit.signal);
}

/** @returns true when the host has decided already, so that there is nothing to prove */
async function prove(run: RemoteRun, job: HostJob, { emit, signal, ssh }: RunContext): Promise<boolean> {
  const { link } = run;
  const { host } = link;
  using limit = deadline(host.deploy.confirmTimeoutMs, `reaching ${host.name} on its new system`, signal);
  const asks = isAskedBeforeCommit(run, job);
  const isDecided = await untilReached(async () => {
    await link.freshSession(limit.signal);
    return asks && (await run.status(limit.signal)).verdict !== undefined;
  }, limit.signal);
  if (isDecided || !asks) return isDecided;
  await bringProofKeys(run, job.keys, { emit, signal: limit.signal });
  if (job.proof !== "contact") await checkHealth(link, { signal: limit.signal, env: ssh.env });
  return false;
}

/**
 * Whether there is something to do between the new connection and the commit. Else the order to commit is itself what the
 * host is asked over it: where the host is to be found at one place only, every connection from now on proves as much.
 */
function isAskedBeforeCommit({ link }: RemoteRun, { proof, keys = [] }: HostJob): boolean {
  const { health, deploy } = link.host;
  const isChecked = proof !== "contact" && health.length > 0;
  return isChecked || keys.length > 0 || link.isLocal || deploy.confirmVia.length > 0;
}

/** Asks the host to go back now instead of when its timer runs out. */
async function giveUp(run: RemoteRun, why: FlurryError, signal: AbortSignal): Promise<void> {
  const reason = `gave-up ${why.message.replaceAll("\n", " ")}`;
  await run.verb("give-up", [reason], { signal, timeoutMs: 15_000 }).catch((error: unknown) => FlurryError.from(error));
}
