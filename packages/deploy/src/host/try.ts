import { deadline, FlurryError } from "@flurry/core";

import type { RunContext } from "../run-context.ts";
import { isPassingTrouble, untilReached } from "./remote-run.ts";
import type { RemoteRun } from "./remote-run.ts";
import { reportOf } from "./report.ts";
import type { HostReport } from "./report.ts";
import { orStateUnknown } from "./settle.ts";
import { stage } from "./stage.ts";

/** Milliseconds to find out whether a `start` whose answer was lost has begun. */
const doubtMs = 120_000;

/**
 * Arms the host's dead-man timer and lets it begin. Returns once it is certain that the host has begun;
 * throws once it is certain that it has not.
 *
 * @throws FlurryError what kept the host from beginning, or FLURRY_HOST_STATE_UNKNOWN when it cannot be asked
 */
export async function start(run: RemoteRun, signal: AbortSignal): Promise<void> {
  try {
    await run.verb("start", [], { signal });
  } catch (error) {
    if (!isPassingTrouble(error)) throw error;
    if (!(await hasBegun(run, signal, error))) throw error;
  }
}

/**
 * The new system may have cut the connection before the answer came, or the answer may still be on its way to be given.
 * Taking the order back settles it: the host either says that it has begun, or never will.
 */
async function hasBegun(run: RemoteRun, signal: AbortSignal, lost: FlurryError): Promise<boolean> {
  using limit = deadline(doubtMs, `asking ${run.link.host.name} whether it has begun`, signal);
  const takeBack = async (): Promise<boolean> =>
    reportOf(await run.verb("release", [], { signal: limit.signal, timeoutMs: 40_000 })).verdict !== undefined;
  try {
    return await untilReached(takeBack, limit.signal);
  } catch (cause) {
    if (FlurryError.is(cause) && cause.code === "FLURRY_HOST_BUSY") return true;
    if (FlurryError.is(cause) && cause.code === "FLURRY_HOST_FORGOT") return false;
    throw new FlurryError(
      "FLURRY_HOST_STATE_UNKNOWN",
      `the connection broke when the activation was to begin, and the host has not answered since: ${lost.message}`,
      {
        host: run.link.host.name,
        cause,
        hint: "If it has begun, the host goes back to its old system by itself. Look with `flurry status`.",
      },
    );
  }
}

/**
 * Waits until the new system's activation has ended on the host, or the host has decided already.
 *
 * @throws FlurryError FLURRY_HOST_STATE_UNKNOWN when the host cannot be asked until `signal` aborts, FLURRY_ABORTED,
 * FLURRY_HOST_FORGOT
 */
export async function awaitTried(
  run: RemoteRun,
  { emit, signal }: Pick<RunContext, "emit" | "signal">,
): Promise<HostReport> {
  const ask = async (): Promise<HostReport> => {
    for (;;) {
      const report = await untilReached(() => run.awaitField("tried", signal), signal);
      if (report.tried !== undefined || report.verdict !== undefined) return report;
    }
  };
  return await stage(emit, { host: run.link.host.name, stage: "try" }, () => orStateUnknown(run, ask));
}

/** True when the host's policy counts this end of an activation as good enough to go on. */
export function isAccepted(tried: number, policy: "strict" | "degraded" | "ignore"): boolean {
  // switch-to-configuration exits with 4 when the system is active and some units failed.
  return tried === 0 || (tried === 4 && policy !== "strict");
}
