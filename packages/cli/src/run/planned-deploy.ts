import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { parsePlan, requireSameSource } from "@flurry/deploy";
import type { Goal, PlannedHost } from "@flurry/deploy";
import type { Host } from "@flurry/schema";

import { withChosenProfiles } from "./chosen-profiles.ts";
import type { GoalFlags } from "./goal-of.ts";
import { goalOf } from "./goal-of.ts";
import type { CommandStart } from "./start-command.ts";

/** A deployment that a saved plan describes. */
export interface PlannedDeploy {
  /** The start with the hosts of the plan that are selected. */
  readonly start: CommandStart;
  readonly goal: Goal;
  readonly planned: readonly PlannedHost[];
}

/**
 * Reads a saved plan and makes sure that the flake is still the one that it was made from.
 *
 * @throws FlurryError FLURRY_PLAN_INVALID, FLURRY_PLAN_STALE, FLURRY_USAGE when the flags ask for another goal,
 * FLURRY_NOTHING_SELECTED
 */
export async function plannedDeploy(start: CommandStart, file: string, flags: GoalFlags): Promise<PlannedDeploy> {
  const plan = parsePlan(await readText(resolve(start.cwd, file), file), file);
  const asks = flags.goal !== undefined || flags.boot === true || flags.dryActivate === true;
  if (asks && goalOf(flags) !== plan.goal)
    throw new FlurryError("FLURRY_USAGE", `the plan is for the goal ${plan.goal}, not ${goalOf(flags)}`, {
      hint: "leave the goal away, or plan with another one",
    });
  requireSameSource(plan, await start.loaded.lock());
  const { hosts: fleetHosts, localHosts = [] } = start.loaded.fleet;
  const lost = plan.hosts.filter(({ host }) => ![...fleetHosts, ...localHosts].some(({ name }) => name === host));
  if (lost.length > 0)
    throw new FlurryError("FLURRY_PLAN_STALE", `no longer in the fleet: ${lost.map(({ host }) => host).join(", ")}`, {
      hint: "Make the plan again with flurry plan --out.",
    });
  const selected = start.hosts.flatMap((host) => narrowed(host, plan.hosts));
  if (selected.length === 0)
    throw new FlurryError("FLURRY_NOTHING_SELECTED", "the plan has none of the selected hosts", {
      hint: `it is for ${plan.hosts.map(({ host }) => host).join(", ")}`,
    });
  const planned = selected.map((one) => one.planned);
  const chosen = new Map(selected.flatMap(({ host, names }) => (names === undefined ? [] : [[host.name, names]])));
  const profiles = chosen.size === 0 ? {} : { chosenProfiles: chosen };
  const hosts = withChosenProfiles(
    selected.map(({ host }) => host),
    chosen,
  );
  return { start: { ...start, hosts, ...profiles }, goal: plan.goal, planned };
}

interface Narrowed {
  readonly host: Host;
  readonly planned: PlannedHost;
  /** What of the host is planned; undefined for all of it. */
  readonly names?: ReadonlySet<string>;
}

/** What of a host is both selected and planned. */
function narrowed(host: Host, plans: readonly PlannedHost[]): readonly Narrowed[] {
  const plan = plans.find((one) => one.host === host.name);
  if (plan === undefined) return [];
  const { system, profiles: all = [], ...rest } = plan;
  const known = profileNames(host);
  const profiles = all.filter(({ name }) => known.has(name));
  const ofSystem = system !== undefined && known.has("system") ? { system } : {};
  const planned = { ...rest, ...ofSystem, ...(profiles.length === 0 ? {} : { profiles }) };
  const names = new Set([...Object.keys(ofSystem), ...profiles.map(({ name }) => name)]);
  if (names.size === 0) return [];
  return names.size === known.size ? [{ host, planned }] : [{ host, planned, names }];
}

function profileNames({ keepsSystem = false, profiles = [] }: Host): ReadonlySet<string> {
  return new Set([...(keepsSystem ? [] : ["system"]), ...profiles.map(({ name }) => name)]);
}

async function readText(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new FlurryError("FLURRY_PLAN_INVALID", `the plan ${file} cannot be read`, { cause, place: { file } });
  }
}
