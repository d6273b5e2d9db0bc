import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { parsePlan, requireSameSource } from "@flurry/deploy";
import type { Goal, PlannedHost } from "@flurry/deploy";

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
  const selected = new Set(start.hosts.map(({ name }) => name));
  const planned = plan.hosts.filter(({ host }) => selected.has(host));
  if (planned.length === 0)
    throw new FlurryError("FLURRY_NOTHING_SELECTED", "the plan has none of the selected hosts", {
      hint: `it is for ${plan.hosts.map(({ host }) => host).join(", ")}`,
    });
  const hosts = start.hosts.filter(({ name }) => planned.some(({ host }) => host === name));
  return { start: { ...start, hosts }, goal: plan.goal, planned };
}

async function readText(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new FlurryError("FLURRY_PLAN_INVALID", `the plan ${file} cannot be read`, { cause, place: { file } });
  }
}
