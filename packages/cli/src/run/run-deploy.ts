import { relative } from "node:path";

import { exitCodes, listRuns } from "@flurry/deploy";
import type { DeployRequest, Goal, JournalHeader, PlannedHost, RebootWish, RunReport } from "@flurry/deploy";
import type { LockedFlake } from "@flurry/nix";

import { reportLine } from "../renderers/ndjson.ts";
import { nextCommand } from "../renderers/next-command.ts";
import { renderVerdicts } from "../renderers/verdict-table.ts";
import { inspectSecrets } from "./host-secrets.ts";
import { journalsIn } from "./journal-directory.ts";
import { recordedRun } from "./recorded-run.ts";
import type { RunInView } from "./recorded-run.ts";
import { reportHostErrors } from "./report-host-errors.ts";
import { sayPlan } from "./say-plan.ts";
import type { CommandStart } from "./start-command.ts";
import type { ToldOptions } from "./told-options.ts";

/** How to deploy. */
export interface DeployPlan {
  readonly goal: Goal;
  /** How many hosts at a time. */
  readonly parallel: number;
  /** Deploy hosts whose secrets are not ready as well. */
  readonly noSecretsCheck?: boolean;
  /** Bring hosts no keys. */
  readonly noKeys?: boolean;
  /** Agree to every wave without asking. */
  readonly yes?: boolean;
  /** What a saved plan says of the hosts; see `DeployRequest`. */
  readonly planned?: readonly PlannedHost[];
  /** Where to write what the last runs came to, as the command line says. */
  readonly prometheus?: string | undefined;
  /** Reboot hosts once they are deployed. */
  readonly reboot?: RebootWish;
  /** What the command line says of how to deploy each host; whoever goes on with the run does the same. */
  readonly told?: ToldOptions;
}

/** Deploys the selected hosts and shows what becomes of them; returns the exit code. */
export async function runDeploy(start: CommandStart, plan: DeployPlan): Promise<number> {
  const { interruption } = start;
  const flake = await start.loaded.lock();
  sayPlan(start, flake, { doing: "Deploying", how: howOf(start, plan) });
  const deployed = await deployInFullView(start, plan, flake);
  showReport(start, plan, deployed);
  return interruption.signal.aborted ? exitCodes.interrupted : deployed.report.exitCode;
}

async function deployInFullView(
  start: CommandStart,
  { goal, parallel, planned, told, yes, prometheus, reboot, noSecretsCheck = false, noKeys = false }: DeployPlan,
  flake: LockedFlake,
): Promise<RunInView<RunReport>> {
  const { services, hosts, loaded } = start;
  const { localHost } = start.ssh;
  const where = localHost === undefined ? {} : { localHost };
  const wishes = {
    ...(reboot === undefined ? {} : { reboot }),
    ...(noSecretsCheck ? { noSecretsCheck } : {}),
    ...(noKeys ? { noKeys } : {}),
    ...profilesOf(start),
  };
  const description = { command: "deploy", goal, parallel, flake, ...told, ...wishes, ...where };
  return await recordedRun(start, { ...description, yes, prometheus }, async ({ context, ...run }) => {
    const { rollout, hosts: fleetHosts } = loaded.fleet;
    const keys = noKeys ? {} : { keys: { directory: loaded.directory } };
    const more = { ...keys, ...(reboot === undefined ? {} : { reboot }), ...(await systemsKnownHere(start)) };
    const request = { ...run, ...more, flake, hosts, fleetHosts, rollout, goal, parallel };
    const careful = { ...context, ...inspectSecrets(hosts, flake, { noSecretsCheck }) };
    return await services.deployFleet(planned === undefined ? request : { ...request, planned }, careful);
  });
}

/** How many runs are looked through for what hosts were given. */
const runLimit = 200;

/** What earlier runs from here gave to hosts, where one of them may only be taken from a system that is known. */
async function systemsKnownHere({ hosts, loaded }: CommandStart): Promise<Pick<DeployRequest, "knownSystems">> {
  if (hosts.every(({ deploy }) => deploy.replaceUnknownProfiles !== false)) return {};
  const runs = await listRuns(journalsIn(loaded.directory), runLimit);
  const verdicts = runs.flatMap((run) => run.hosts.flatMap(({ verdict }) => verdict ?? []));
  const given = verdicts.filter(({ status }) => status === "deployed" || status === "unchanged");
  return { knownSystems: given.flatMap(({ after }) => after ?? []) };
}

/** What the command line chose of the hosts' profiles, for whoever goes on with the run. */
function profilesOf({ chosenProfiles }: CommandStart): Pick<JournalHeader, "profiles"> {
  if (chosenProfiles === undefined) return {};
  return { profiles: Object.fromEntries([...chosenProfiles].map(([host, names]) => [host, [...names]])) };
}

function howOf({ hosts, ssh }: CommandStart, { goal, parallel }: DeployPlan): readonly string[] {
  const { localHost } = ssh;
  if (hosts.length === 1) return localHost === undefined ? [goal] : [goal, "on this very machine"];
  const many = [goal, `${Math.min(parallel, hosts.length)} at a time`];
  return localHost === undefined ? many : [...many, `${localHost} is this very machine`];
}

/** Prints what became of each host, and how to go on. */
export function showReport(
  { output, sameFleet, cwd, chosenProfiles }: CommandStart,
  { goal }: Pick<DeployPlan, "goal">,
  { report, told, logs }: RunInView<RunReport>,
): void {
  if (output.json) return output.stdout.write(reportLine(report));
  // Why a host was left out is in the table already.
  const errors = report.verdicts.flatMap(({ host, status, error }) =>
    error === undefined || status === "skipped" ? [] : [{ ...error, host }],
  );
  if (!told) reportHostErrors(errors, output);
  const view = { colors: output.colors, columns: output.stdout.columns() };
  output.stdout.write(renderVerdicts(report.verdicts, view));
  if (logs !== undefined && report.exitCode !== exitCodes.ok && !output.quiet)
    output.stderr.write(output.progressColors.dim(`\nThe logs of the hosts are in ${relative(cwd, logs)}\n`));
  const flags = [...sameFleet, ...(goal === "switch" ? [] : ["--goal", goal])];
  const next = nextCommand(report.verdicts, flags, chosenProfiles);
  if (next !== undefined) output.stderr.write(`\nTo go on: ${output.progressColors.bold(next)}\n`);
}
