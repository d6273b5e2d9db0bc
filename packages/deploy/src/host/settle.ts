import { FlurryError } from "@flurry/core";

import { untilReached } from "./remote-run.ts";
import type { RemoteRun } from "./remote-run.ts";
import type { HostReport } from "./report.ts";

/**
 * Reads the host's verdict until it has one.
 *
 * @throws FlurryError FLURRY_HOST_STATE_UNKNOWN when the host cannot be asked until the deadline behind `signal`;
 * FLURRY_ABORTED when the caller gave up
 */
export async function awaitVerdict(run: RemoteRun, signal: AbortSignal): Promise<HostReport> {
  try {
    for (;;) {
      const report = await untilReached(() => run.awaitField("verdict", signal), signal);
      if (report.verdict !== undefined) return report;
    }
  } catch (cause) {
    throw stateUnknown(run, cause);
  }
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
