import { FlurryError } from "@flurry/core";
import type { Emit } from "@flurry/core";
import type { KeyTime } from "@flurry/schema";

import type { HostJob } from "../host/host-job.ts";
import type { HostLink } from "../host/host-link.ts";
import { renewing } from "../host/lock-renewal.ts";
import type { HostOutcome } from "../host/outcome.ts";
import type { RemoteRun } from "../host/remote-run.ts";
import type { RunContext } from "../run-context.ts";
import type { MadeKey } from "./made-key.ts";
import { uploadInStage } from "./upload-keys.ts";

function keysAt(keys: readonly MadeKey[] = [], time: KeyTime): readonly MadeKey[] {
  return keys.filter(({ key }) => key.uploadAt === time);
}

/**
 * Brings the keys that come before the activation, while the host can still be left as it is.
 *
 * @throws FlurryError FLURRY_KEYS_NOT_UPLOADED and those of the connection
 */
export async function bringEarlyKeys(run: RemoteRun, { runId, keys }: HostJob, context: RunContext): Promise<void> {
  const { emit, signal } = context;
  using renewal = renewing(run, signal);
  void renewal;
  // The activation may yet have to make the users that own them.
  const manner = { runId, owners: "may", emit, signal, at: "arm" } as const;
  await uploadInStage(run.link, keysAt(keys, "pre-activation"), manner);
}

/**
 * Brings the keys that come after the activation, before the host's health is looked at: without them it may not be well.
 *
 * @throws FlurryError FLURRY_KEYS_NOT_UPLOADED and those of the connection; the host then goes back
 */
export async function bringProofKeys(
  { link, runId }: RemoteRun,
  keys: readonly MadeKey[] | undefined,
  { emit, signal }: { readonly emit: Emit; readonly signal: AbortSignal },
): Promise<void> {
  await uploadInStage(link, keysAt(keys, "post-activation"), { runId, emit, signal, at: "prove" });
}

/** Brings the keys that come after the activation to a host that has its new system for good. */
export async function bringLateKeys(
  link: HostLink,
  { job, outcome }: { readonly job: HostJob; readonly outcome: HostOutcome },
  { emit, signal }: Pick<RunContext, "emit" | "signal">,
): Promise<HostOutcome> {
  if (outcome.status !== "deployed") return outcome;
  try {
    await uploadInStage(link, keysAt(job.keys, "post-activation"), { emit, signal, at: "prove" });
    return outcome;
  } catch (cause) {
    return { ...outcome, status: "failed", error: withoutKeys(FlurryError.from(cause), link.host.name) };
  }
}

/** Whatever kept the keys from coming, the host has its new system: that a connection broke would not tell. */
function withoutKeys(cause: FlurryError, host: string): FlurryError {
  if (cause.code === "FLURRY_ABORTED") return cause;
  return new FlurryError(
    "FLURRY_KEYS_NOT_UPLOADED",
    `it has its new system, but not all of its keys: ${cause.message}`,
    {
      host,
      cause,
      hint: `Bring them: flurry upload-keys ${host}`,
    },
  );
}
