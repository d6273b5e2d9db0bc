import { FlurryError } from "@flurry/core";

import { readFacts } from "./facts.ts";
import type { HostJob } from "./host-job.ts";
import { untilReached } from "./remote-run.ts";
import type { RemoteRun } from "./remote-run.ts";
import type { HostReport } from "./report.ts";

/** What a deployment needs to tell how it ended. */
export interface Settlement {
  readonly run: RemoteRun;
  readonly job: HostJob;
  readonly signal: AbortSignal;
}

/**
 * Reads the host's verdict until it has one.
 *
 * @throws FlurryError FLURRY_HOST_STATE_UNKNOWN when the host cannot be asked until the deadline behind `signal`;
 * FLURRY_ABORTED when the caller gave up
 */
export async function awaitVerdict({ run, signal }: Pick<Settlement, "run" | "signal">): Promise<HostReport> {
  return await orStateUnknown(run, async () => {
    for (;;) {
      const report = await untilReached(() => run.awaitField("verdict", signal), signal);
      if (report.verdict !== undefined) return report;
    }
  });
}

/**
 * Asks a host that has begun. Whatever keeps the answer away, such as a host that cannot be reached when the caller gives
 * up, says nothing about the host, which is no longer as it was.
 *
 * @throws FlurryError FLURRY_HOST_STATE_UNKNOWN, FLURRY_ABORTED, FLURRY_HOST_FORGOT
 */
export async function orStateUnknown<T>(run: RemoteRun, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw FlurryError.is(cause) && cause.code === "FLURRY_HOST_FORGOT" ? cause : stateUnknown(run, cause);
  }
}

/**
 * How a run ended whose record is gone: a host that forgets /var when it reboots runs what its boot default was.
 *
 * @throws FlurryError FLURRY_HOST_STATE_UNKNOWN when it runs something else, or cannot be asked
 */
export async function forgottenVerdict({ run, job, signal }: Settlement): Promise<HostReport> {
  const facts = await orStateUnknown(run, () => untilReached(() => readFacts(run.link, signal), signal));
  const { current, profile, generation, bootId, failedUnits } = facts;
  const { profiles: wanted = [] } = job;
  const profiles = wanted.map(({ profile: { name } }) => ({ name, ...facts.profiles?.get(name) }));
  const known = { tried: undefined, current, generation, bootId, failedUnits, profiles };
  const areThere = wanted.every(({ profile: { name }, candidate }) => facts.profiles?.get(name)?.path === candidate);
  if (current === job.candidate && profile === job.candidate && areThere)
    return { ...known, verdict: "committed", reason: undefined };
  const reason = "rebooted the host rebooted before it was confirmed, and kept no record of the run";
  if (current === job.before) return { ...known, verdict: "reverted", reason };
  throw new FlurryError("FLURRY_HOST_STATE_UNKNOWN", `the host has no record of this run and runs ${current}`, {
    host: run.link.host.name,
  });
}

function stateUnknown(run: RemoteRun, cause: unknown): FlurryError {
  const error = FlurryError.from(cause);
  const { name, deploy } = run.link.host;
  const seconds = Math.ceil((deploy.activationTimeoutMs + deploy.confirmTimeoutMs) / 1000);
  const hint = `The host goes back to its old system by itself within ${seconds} s of its activation. Look with \`flurry status ${name}\`.`;
  const what =
    error.code === "FLURRY_ABORTED"
      ? "the deployer stopped before it knew how the deployment ended"
      : `the host could not be asked how the deployment ended: ${error.message}`;
  const code = error.code === "FLURRY_ABORTED" ? "FLURRY_ABORTED" : "FLURRY_HOST_STATE_UNKNOWN";
  return new FlurryError(code, what, { host: name, hint, cause });
}
