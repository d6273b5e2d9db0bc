import { profilesMs } from "../profiles/profile-changes.ts";
import { profileLines } from "../profiles/profile-words.ts";
import type { HostJob } from "./host-job.ts";
import type { RemoteRun } from "./remote-run.ts";

/**
 * Takes the host's lock for this run and makes sure that it still runs what the run was planned against.
 *
 * @returns free bytes where the host's Nix store lies
 * @throws FlurryError FLURRY_HOST_LOCKED, FLURRY_HOST_MOVED, FLURRY_HOST_UNSUITABLE and those of the connection
 */
export async function preflight(
  run: RemoteRun,
  job: HostJob,
  signal: AbortSignal,
): Promise<{ readonly freeBytes: number }> {
  const { deploy } = run.link.host;
  const reply = await run.open(
    {
      owner: job.operator,
      expect: job.before,
      candidate: job.candidate,
      goal: job.goal,
      restore: job.restoreGeneration === undefined ? "" : String(job.restoreGeneration),
      confirm: seconds(deploy.confirmTimeoutMs),
      activation: seconds(deploy.activationTimeoutMs + profilesMs(job.profiles)),
      policy: deploy.unitFailurePolicy,
      magic: deploy.magicRollback ? "1" : "0",
      auto: deploy.autoRollback ? "1" : "0",
      // Nobody who is at the machine itself has lost contact with it.
      lost: run.link.isLocal ? "stay" : deploy.lostContact,
      stay: job.keepsSystem === true ? "1" : "0",
      ...(job.profiles === undefined || job.profiles.length === 0 ? {} : { profiles: profileLines(job.profiles) }),
    },
    signal,
  );
  return { freeBytes: Number(reply.one("store_free_kib") ?? "0") * 1024 };
}

/** Whole seconds, never fewer than asked for. */
function seconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)));
}
