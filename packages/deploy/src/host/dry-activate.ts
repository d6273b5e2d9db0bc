import { FlurryError } from "@flurry/core";

import { parseDryActivation, unitsText } from "../plan/unit-changes.ts";
import { profilesMs } from "../profiles/profile-changes.ts";
import type { RunContext } from "../run-context.ts";
import type { HostJob } from "./host-job.ts";
import type { HostOutcome } from "./outcome.ts";
import type { RemoteRun } from "./remote-run.ts";
import { numberFact, storePathFact } from "./reply.ts";
import { stage } from "./stage.ts";

/**
 * Lets the host say what an activation would do. Changes nothing on it.
 *
 * @throws FlurryError FLURRY_ACTIVATION_FAILED when even that fails
 */
export async function dryActivate(
  run: RemoteRun,
  { profiles }: Pick<HostJob, "profiles">,
  { emit, signal }: RunContext,
): Promise<HostOutcome> {
  const { name: host, deploy } = run.link.host;
  return await stage(emit, { host, stage: "try", note: "dry-activate" }, async () => {
    const timeoutMs = deploy.activationTimeoutMs + profilesMs(profiles);
    const reply = await run.verb("start", [], { signal, timeoutMs });
    for (const line of reply.lines) emit({ kind: "log", host, stage: "try", level: "info", line });
    const code = numberFact(reply, "dry_activated");
    if (code !== 0) {
      throw new FlurryError("FLURRY_ACTIVATION_FAILED", `dry-activate ended with exit code ${code ?? "unknown"}`, {
        host,
        details: reply.lines.join("\n"),
      });
    }
    const after = storePathFact(reply, "current");
    const note = `${unitsText(parseDryActivation(reply.lines))}; nothing was changed`;
    return { status: "unchanged", failedUnits: [], note, ...(after === undefined ? {} : { after }) };
  });
}
