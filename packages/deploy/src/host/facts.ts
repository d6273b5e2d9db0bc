import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import type { ProfileState } from "../profiles/profile-job.ts";
import { profileStates } from "../profiles/profile-states.ts";
import { profileQuestion } from "../profiles/profile-words.ts";
import type { HostLink } from "./host-link.ts";
import { numberFact, storePathFact } from "./reply.ts";
import type { Reply } from "./reply.ts";
import { runOnce, supervisorScript } from "./supervisor.ts";

/** Who holds the lock of a host. */
export interface LockHolder {
  readonly runId: string;
  readonly owner: string;
  /** Seconds since the epoch, by the host's clock. */
  readonly since: number;
  /** How far the run is: preparing, activating, unconfirmed, committing, reverting, ending. */
  readonly step?: string;
}

/** What a host is like, as it says itself. */
export interface HostFacts {
  /** What /run/current-system points at. */
  readonly current: StorePath;
  /** What the system profile points at: with NixOS' boot loaders, the boot default. */
  readonly profile: StorePath | undefined;
  readonly generation: number | undefined;
  readonly booted: StorePath | undefined;
  readonly rebootNeeded: boolean;
  /** True while the host is booted into a system once, and has a way back to the one from before. */
  readonly bootsOnce?: boolean;
  readonly bootId: string;
  readonly uptimeSeconds: number;
  readonly storeFreeBytes: number;
  readonly storeTotalBytes: number;
  readonly rootFreeBytes: number;
  readonly rootTotalBytes: number;
  /** As `systemctl is-system-running` says it: running, degraded, … */
  readonly systemState: string;
  readonly failedUnits: readonly string[];
  readonly lock: LockHolder | undefined;
  /** What the host's profiles beside its system are, by name; those that it does not have are missing. */
  readonly profiles?: ReadonlyMap<string, ProfileState>;
}

/**
 * Asks a host what it is like. Changes nothing on it.
 *
 * @throws FlurryError of the ssh package, FLURRY_SUDO_REFUSED, FLURRY_HOST_UNSUITABLE
 */
export async function readFacts(link: HostLink, signal: AbortSignal): Promise<HostFacts> {
  const questions = (link.host.profiles ?? []).map(profileQuestion);
  const reply = await link.call(runOnce("facts", questions), { stdin: supervisorScript(), signal, timeoutMs: 30_000 });
  return factsOf(reply, link.host.name);
}

/** Reads what a host says of itself. */
export function factsOf(reply: Reply, host: string): HostFacts {
  const current = storePathFact(reply, "current");
  if (reply.one("nixos") === undefined || current === undefined) {
    throw new FlurryError(
      "FLURRY_HOST_UNSUITABLE",
      "the host does not run NixOS: it has no /etc/NIXOS or no /run/current-system",
      {
        host,
        hint: "Install NixOS on it first, for example with nixos-anywhere.",
      },
    );
  }
  return {
    current,
    profile: storePathFact(reply, "profile"),
    generation: numberFact(reply, "generation"),
    booted: storePathFact(reply, "booted"),
    rebootNeeded: reply.one("reboot_needed") === "yes",
    ...(reply.one("boots_once") === undefined ? {} : { bootsOnce: true }),
    bootId: reply.one("boot_id") ?? "",
    uptimeSeconds: numberFact(reply, "uptime") ?? 0,
    storeFreeBytes: (numberFact(reply, "store_free_kib") ?? 0) * 1024,
    storeTotalBytes: (numberFact(reply, "store_total_kib") ?? 0) * 1024,
    rootFreeBytes: (numberFact(reply, "root_free_kib") ?? 0) * 1024,
    rootTotalBytes: (numberFact(reply, "root_total_kib") ?? 0) * 1024,
    systemState: reply.one("system_state") ?? "unknown",
    failedUnits: reply.all("failed_unit"),
    lock: lockHolder(reply),
    profiles: profileStates(reply),
  };
}

/** The holder of the lock that a reply names, if it names one. */
export function lockHolder(reply: Reply): LockHolder | undefined {
  const runId = reply.one("lock_run");
  if (runId === undefined) return undefined;
  const step = reply.one("lock_step");
  return {
    runId,
    owner: reply.one("lock_owner") ?? "someone",
    since: numberFact(reply, "lock_since") ?? 0,
    ...(step === undefined ? {} : { step }),
  };
}
