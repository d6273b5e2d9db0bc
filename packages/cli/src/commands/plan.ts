import { FlurryError } from "@flurry/core";
import type { HostPlan } from "@flurry/deploy";
import type { LockedFlake } from "@flurry/nix";

import type { PlanFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { renderPlanDetails } from "../renderers/plan-details.ts";
import { renderPlanMarkdown } from "../renderers/plan-markdown.ts";
import { planSummary, renderPlanTable } from "../renderers/plan-table.ts";
import { askSudoPasswords } from "../run/ask-sudo-password.ts";
import { emitStart, openEngine } from "../run/engine.ts";
import { exitCodeOfErrors } from "../run/exit-code-of-errors.ts";
import { goalOf } from "../run/goal-of.ts";
import { guarded } from "../run/guard.ts";
import { inspectSecrets } from "../run/host-secrets.ts";
import { narrowToAffected, refuseSinceAlone } from "../run/narrow-to-changed.ts";
import { reportHostErrors } from "../run/report-host-errors.ts";
import { savePlan } from "../run/save-plan.ts";
import { sayPlan } from "../run/say-plan.ts";
import { startCommand } from "../run/start-command.ts";
import type { CommandStart } from "../run/start-command.ts";

const defaultParallel = 8;

/** `flurry plan`: what a deployment would do to each host. */
export async function plan(this: CommandScope, flags: PlanFlags, ...words: readonly string[]): Promise<void> {
  await guarded(this, flags, async (interruption) => {
    refuseContradictions(flags);
    const selected = await startCommand({ context: this.cli, flags, words, interruption });
    const start = flags.since === undefined ? selected : await narrowToAffected(selected, flags.since);
    const flake = await start.loaded.lock();
    sayPlan(start, flake, { doing: "Planning", how: [goalOf(flags)] });
    const { plans: all, told } = await planInFullView(start, flags, flake);
    const plans = flags.changed === true ? all.filter(({ status }) => status !== "none") : all;
    const errors = plans.flatMap((one) => one.errors);
    if (!told && !start.output.json) reportHostErrors(errors, start.output);
    showPlans(start, flags, { plans, flake });
    if (flags.out !== undefined) await savePlan(start, { file: flags.out, goal: goalOf(flags), flake, plans });
    return exitCodeOfErrors(errors.map((error) => error.code));
  });
}

function refuseContradictions(flags: PlanFlags): void {
  const { json = false, markdown = false, noUnits = false, copy = false } = flags;
  goalOf(flags);
  refuseSinceAlone(flags, "plan");
  if (json && markdown)
    throw new FlurryError("FLURRY_USAGE", "--json and --markdown exclude each other", {
      hint: "run flurry plan once for each; what it found out the first time is remembered by Nix",
    });
  if (noUnits && copy)
    throw new FlurryError("FLURRY_USAGE", "--copy and --no-units exclude each other", {
      hint: "--copy is there so that hosts can say what happens to their units",
    });
}

async function planInFullView(
  start: CommandStart,
  flags: PlanFlags,
  flake: LockedFlake,
): Promise<{ readonly plans: readonly HostPlan[]; readonly told: boolean }> {
  const { hosts, services, loaded } = start;
  if (hosts.length === 0) return { plans: [], told: true };
  await askSudoPasswords(start);
  await using engine = await openEngine(start);
  emitStart(start, engine.emit, "plan");
  const plans = await services.planFleet(
    {
      flake,
      hosts,
      fleetHosts: loaded.fleet.hosts,
      goal: goalOf(flags),
      parallel: flags.parallel ?? defaultParallel,
      build: flags.build === true || flags.copy === true,
      units: flags.copy === true ? "copy" : flags.noUnits === true ? "never" : "there",
    },
    { ...engine.context, ...inspectSecrets(hosts, flake, flags) },
  );
  return { plans, told: engine.progress.tellsFailures };
}

function showPlans(
  { output, loaded }: CommandStart,
  flags: PlanFlags,
  { plans, flake }: { readonly plans: readonly HostPlan[]; readonly flake: LockedFlake },
): void {
  const { colors, stdout, verbose } = output;
  if (output.json) {
    const { original, revision, dirty } = flake;
    const source = { flake: original, dirty, ...(revision === undefined ? {} : { revision }) };
    return stdout.write(jsonDocument("plan", { goal: goalOf(flags), source, hosts: plans }));
  }
  if (flags.markdown === true) {
    const { description = "the fleet" } = loaded.fleet;
    const at = flake.revision === undefined ? "" : ` at ${flake.revision.slice(0, 7)}`;
    return stdout.write(renderPlanMarkdown(plans, `Deployment plan of ${description}${at}`));
  }
  const details = renderPlanDetails(plans, { colors, verbose });
  const table = renderPlanTable(plans, { colors, columns: stdout.columns() });
  return stdout.write([table, ...details, `${planSummary(plans)}\n`].join("\n"));
}
