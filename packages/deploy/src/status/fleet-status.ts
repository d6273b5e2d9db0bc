import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import type { Host } from "@flurry/schema";

import { eachHost } from "../fleet/each-host.ts";
import { openLinks } from "../fleet/open-links.ts";
import { readFacts } from "../host/facts.ts";
import type { HostFacts } from "../host/facts.ts";
import { absentKeys } from "../keys/upload-keys.ts";
import { profileStatuses } from "../profiles/profile-status.ts";
import type { RunContext } from "../run-context.ts";
import type { HostStatus } from "./host-status.ts";

/** What to ask of which hosts. */
export interface StatusRequest {
  readonly hosts: readonly Host[];
  /** The out path that each host should run, by host name; hosts that are missing get the state `unknown`. */
  readonly wanted: ReadonlyMap<string, StorePath>;
  readonly parallel: number;
}

/** Asks every host at the same time what it runs. Changes nothing. A host that cannot be asked is a status, not an exception. */
export async function fleetStatus(request: StatusRequest, context: RunContext): Promise<readonly HostStatus[]> {
  const { hosts, wanted, parallel } = request;
  await using links = openLinks(hosts, context.ssh);
  const statuses = new Map<string, HostStatus>();
  await eachHost(links.all, parallel, async (link) => {
    const { name: host } = link.host;
    const startedAt = performance.now();
    const elapsed = (): number => performance.now() - startedAt;
    try {
      const facts = await readFacts(link, context.signal);
      const missingKeys = await absentKeys(link, context.signal);
      statuses.set(host, {
        host,
        ...describe(facts, wanted.get(host)),
        ...profilesOf(link.host, facts),
        ...(missingKeys.length === 0 ? {} : { missingKeys }),
        durationMs: elapsed(),
      });
    } catch (error) {
      const { code, ...rest } = FlurryError.from(error).withHost(host).toJSON();
      const state = code.startsWith("FLURRY_SSH_") ? "unreachable" : "unknown";
      statuses.set(host, { host, state, error: { code, ...rest }, durationMs: elapsed() });
    }
  });
  return hosts.flatMap(({ name }) => statuses.get(name) ?? []);
}

function describe(facts: HostFacts, wanted: StorePath | undefined): Omit<HostStatus, "host" | "durationMs"> {
  const { current, generation, profile, booted, rebootNeeded, systemState, failedUnits, lock } = facts;
  return {
    state: stateOf(facts, wanted),
    current,
    rebootNeeded,
    systemState,
    failedUnits,
    uptimeSeconds: facts.uptimeSeconds,
    storeFreeBytes: facts.storeFreeBytes,
    storeTotalBytes: facts.storeTotalBytes,
    rootFreeBytes: facts.rootFreeBytes,
    rootTotalBytes: facts.rootTotalBytes,
    ...(wanted === undefined ? {} : { wanted }),
    ...(generation === undefined ? {} : { generation }),
    ...(profile === undefined ? {} : { profileSystem: profile }),
    ...(booted === undefined ? {} : { booted }),
    ...(lock === undefined ? {} : { lockedBy: lock.owner, lockedSince: lock.since, lockedRun: lock.runId }),
    ...(lock?.step === undefined ? {} : { lockedStep: lock.step }),
  };
}

function profilesOf(
  { profiles = [] }: Host,
  { profiles: states = new Map() }: HostFacts,
): Pick<HostStatus, "profiles"> {
  return profiles.length === 0 ? {} : { profiles: profileStatuses(profiles, states) };
}

function stateOf({ current, profile, lock }: HostFacts, wanted: StorePath | undefined): HostStatus["state"] {
  if (lock !== undefined) return "deploying";
  if (current !== profile) return "uncommitted";
  if (wanted === undefined) return "unknown";
  return current === wanted ? "ok" : "drift";
}
