import type { Goal } from "../goal.ts";
import type { HostLink } from "../host/host-link.ts";
import { profileChanges } from "../profiles/profile-changes.ts";
import { isAlreadyThere } from "./already-there.ts";
import type { PendingHost } from "./build-wanted.ts";
import type { Prepared } from "./prepare.ts";

/** What a goal would do to a host; undefined where too little is known of it. */
export function pendingHost(link: HostLink, { wanted, facts }: Prepared, goal: Goal): PendingHost | undefined {
  const { name, keepsSystem } = link.host;
  const [fact, system] = [facts.get(name), wanted.systems.get(name)];
  if (fact === undefined || (system === undefined && keepsSystem !== true)) return undefined;
  const packages = wanted.profiles.get(name) ?? [];
  return { link, system, facts: fact, packages, profiles: profileChanges(goal, packages, fact.profiles ?? new Map()) };
}

/** The same without a system that is there already; undefined when nothing is left to be done. */
export function withoutWhatIsThere(host: PendingHost, goal: Goal): PendingHost | undefined {
  const { system, facts, profiles } = host;
  if (system !== undefined && !isAlreadyThere(goal, system.outPath, facts)) return host;
  return profiles.length === 0 ? undefined : { ...host, system: undefined };
}
