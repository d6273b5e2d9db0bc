import { FlurryError } from "@flurry/core";
import type { DrvPath, FlurryErrorJson, StorePath } from "@flurry/core";
import { substituters } from "@flurry/nix";
import type { LockedFlake } from "@flurry/nix";
import type { Host, Profile } from "@flurry/schema";

import { buildRequests, hostBuild } from "../build/build-requests.ts";
import type { HostToBuild } from "../build/build-requests.ts";
import { buildSystems } from "../build/build-systems.ts";
import { isAlreadyThere } from "../fleet/already-there.ts";
import { eachHost } from "../fleet/each-host.ts";
import { openLinks } from "../fleet/open-links.ts";
import type { Goal } from "../goal.ts";
import { readFacts } from "../host/facts.ts";
import type { HostFacts } from "../host/facts.ts";
import type { HostLink } from "../host/host-link.ts";
import { stage } from "../host/stage.ts";
import { attributed, evaluationRequests } from "../profiles/evaluation-requests.ts";
import { profileChanges } from "../profiles/profile-changes.ts";
import type { ProfileState, WantedProfile } from "../profiles/profile-job.ts";
import { profilePlans } from "../profiles/profile-plan.ts";
import type { RunContext } from "../run-context.ts";
import { driftOf } from "./drift.ts";
import type { HostPlan } from "./host-plan.ts";
import { planHost } from "./plan-host.ts";
import type { ChangingHost, LookOptions } from "./plan-host.ts";

/** What to plan for which hosts. */
export interface PlanRequest {
  readonly flake: LockedFlake;
  /** The selected hosts, at least one. */
  readonly hosts: readonly Host[];
  readonly goal: Goal;
  /** How many hosts are looked at at the same time. */
  readonly parallel: number;
  /** Build what is not built, each system where a deployment would build it, so that more can be known. */
  readonly build: boolean;
  /**
   * All hosts of the fleet, of which some may build for others.
   *
   * @default the selected ones
   */
  readonly fleetHosts?: readonly Host[];
  readonly units: LookOptions["units"];
}

/** What is known of one host while the plan is made. */
interface Known {
  readonly profiles: Map<Profile, WantedProfile>;
  readonly wanted: Map<string, { readonly drvPath: DrvPath; readonly outPath: StorePath }>;
  readonly facts: Map<string, HostFacts>;
  /** Failures of the configuration, of its build and of the host. */
  readonly errors: Map<string, readonly FlurryErrorJson[]>;
}

/**
 * Says for each host what a deployment would do to it. Nothing is changed anywhere; only with `build` something is
 * built, and only with `units: "copy"` something is copied. What goes wrong for a host is part of its plan.
 *
 * @returns one plan for each host, in their order
 */
export async function planFleet(request: PlanRequest, context: RunContext): Promise<readonly HostPlan[]> {
  const known: Known = { profiles: new Map(), wanted: new Map(), facts: new Map(), errors: new Map() };
  await using links = openLinks(request.hosts, context.ssh);
  const caches = substituters(context.nix, { signal: context.signal });
  caches.catch(() => {});
  await Promise.all([evaluate(request, known, context), ask(links.all, request, { known, context })]);
  const changing = links.all.flatMap((link) => changingHost(link, request.goal, known));
  if (request.build) await build(links.all, request, { known, context });
  const changes = new Map<string, HostPlan["change"]>();
  const options = { caches: await caches.catch(() => []), units: request.units, goal: request.goal };
  await eachHost(changing, request.parallel, async (host) => {
    const { name } = host.link.host;
    const about = { host: name, stage: "preflight", note: "comparing" } as const;
    changes.set(name, await stage(context.emit, about, () => planHost(host, options, context)));
  });
  return request.hosts.map((host) => hostPlan(host, request.goal, { known, change: changes.get(host.name) }));
}

async function evaluate({ flake, hosts }: PlanRequest, known: Known, context: RunContext): Promise<void> {
  const options = { ...context.evaluation, signal: context.signal };
  for await (const one of context.pool.evaluate(flake, evaluationRequests(hosts), options)) {
    const { host, profile, evaluation } = attributed(one, hosts);
    if (evaluation.status === "failed") fail(host, evaluation.error, { known, context });
    else if (profile !== undefined) known.profiles.set(profile, { ...evaluation, profile });
    else {
      known.wanted.set(host, evaluation);
      const error = await context.inspectSystem?.(evaluation);
      if (error !== undefined) fail(host, error, { known, context });
    }
  }
}

async function ask(
  links: readonly HostLink[],
  { parallel }: PlanRequest,
  { known, context }: { readonly known: Known; readonly context: RunContext },
): Promise<void> {
  await eachHost(links, parallel, async (link) => {
    const { name } = link.host;
    try {
      known.facts.set(name, await readFacts(link, context.signal));
    } catch (error) {
      fail(name, error, { known, context });
    }
  });
}

function changingHost(link: HostLink, goal: Goal, { wanted, facts }: Known): readonly ChangingHost[] {
  const [system, fact] = [wanted.get(link.host.name), facts.get(link.host.name)];
  if (system === undefined || fact === undefined || isAlreadyThere(goal, system.outPath, fact)) return [];
  return [{ link, facts: fact, wanted: system }];
}

/** A system that does not build is still compared as far as it can be. */
async function build(
  links: readonly HostLink[],
  { hosts, fleetHosts = hosts, goal }: PlanRequest,
  { known, context }: { readonly known: Known; readonly context: RunContext },
): Promise<void> {
  const toBuild = links.map((link): HostToBuild => {
    const changing = changingHost(link, goal, known)[0];
    const profiles = wantedProfiles(link.host, known);
    const states = known.facts.get(link.host.name)?.profiles ?? new Map<string, ProfileState>();
    const jobs = profileChanges(goal, profiles, states);
    return {
      host: link.host,
      system: changing?.wanted,
      profiles: profiles.filter(({ profile }) => jobs.some((job) => job.profile === profile)),
    };
  });
  const results = await buildSystems({ systems: toBuild.flatMap(buildRequests), fleetHosts }, context);
  for (const host of toBuild) {
    const built = hostBuild(host, results);
    if (built.status === "failed") fail(host.host.name, built.error, { known, context });
  }
}

function wantedProfiles({ profiles = [] }: Host, known: Known): readonly WantedProfile[] {
  return profiles.flatMap((profile) => known.profiles.get(profile) ?? []);
}

function fail(
  host: string,
  thrown: unknown,
  { known, context }: { readonly known: Known; readonly context: RunContext },
): void {
  const error = FlurryError.from(thrown).withHost(host);
  if (context.signal.aborted) throw error;
  known.errors.set(host, [...(known.errors.get(host) ?? []), error.toJSON()]);
  context.emit({ kind: "failure", host, error: error.toJSON() });
}

/** True when the host could be asked, and all that it is to have evaluates. */
function isKnown(host: Host, known: Known): boolean {
  const { name, keepsSystem = false, profiles = [] } = host;
  const hasSystem = keepsSystem || known.wanted.has(name);
  return known.facts.has(name) && hasSystem && wantedProfiles(host, known).length === profiles.length;
}

function hostPlan(
  about: Host,
  goal: Goal,
  { known, change }: { readonly known: Known; readonly change: HostPlan["change"] },
): HostPlan {
  const host = about.name;
  const facts = known.facts.get(host);
  const wanted = known.wanted.get(host);
  const profiles = profilePlans(goal, wantedProfiles(about, known), facts?.profiles ?? new Map());
  const changes = change !== undefined || (isKnown(about, known) && profiles.some((one) => one.change));
  return {
    host,
    status: changes ? "change" : isKnown(about, known) ? "none" : "unknown",
    ...(wanted === undefined ? {} : { wanted: wanted.outPath, drvPath: wanted.drvPath }),
    ...(facts === undefined ? {} : factsOf(facts, wanted?.outPath)),
    ...(change === undefined ? {} : { change }),
    ...(profiles.length === 0 ? {} : { profiles }),
    errors: known.errors.get(host) ?? [],
  };
}

function factsOf(facts: HostFacts, wanted: StorePath | undefined): Partial<HostPlan> {
  const { current, profile, generation, booted, rebootNeeded, lock } = facts;
  return {
    current,
    ...(profile === undefined ? {} : { profile }),
    ...(generation === undefined ? {} : { generation }),
    ...(booted === undefined ? {} : { booted }),
    drift: driftOf({ current, profile, wanted }),
    rebootDue: rebootNeeded,
    ...(lock === undefined ? {} : { lockedBy: lock.owner }),
  };
}
