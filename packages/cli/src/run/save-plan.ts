import { resolve } from "node:path";

import { atomicWrite } from "@flurry/core";
import { formatPlan, savedPlan } from "@flurry/deploy";
import type { Goal, HostPlan } from "@flurry/deploy";
import type { LockedFlake } from "@flurry/nix";

import type { CommandStart } from "./start-command.ts";

/** A plan and where to keep it. */
export interface SavePlanRequest {
  /** A path; relative ones start from the directory that the command works in. */
  readonly file: string;
  readonly goal: Goal;
  readonly flake: LockedFlake;
  readonly plans: readonly HostPlan[];
}

/** Writes a plan that `flurry deploy --plan` carries out, and says which hosts are not in it. */
export async function savePlan(
  { cwd, context, output }: CommandStart,
  { file, goal, flake, plans }: SavePlanRequest,
): Promise<void> {
  const saved = savedPlan({ goal, flake, plans, operator: context.operator, now: new Date(context.now()) });
  await atomicWrite(resolve(cwd, file), formatPlan(saved));
  const { bold, yellow } = output.progressColors;
  const without = plans.filter(({ host }) => !saved.hosts.some((one) => one.host === host)).map(({ host }) => host);
  if (without.length > 0)
    output.stderr.write(`${yellow("warning")}: ${without.join(", ")}: not in the plan, as too little is known\n`);
  if (!output.quiet)
    output.stderr.write(`The plan is in ${file}. To carry it out: ${bold(`flurry deploy --plan ${file}`)}\n`);
}
