import { relative } from "node:path";

import type { FleetEvent } from "@flurry/core";
import { exitCodes, newRunId, openJournal } from "@flurry/deploy";
import type { Goal, Journal, PlannedHost, RunContext, RunReport } from "@flurry/deploy";
import type { LockedFlake } from "@flurry/nix";

import { eventLine, reportLine } from "../renderers/ndjson.ts";
import { nextCommand } from "../renderers/next-command.ts";
import { renderVerdicts } from "../renderers/verdict-table.ts";
import { askSudoPasswords } from "./ask-sudo-password.ts";
import { openEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { openHostLogs } from "./host-logs.ts";
import { reportHostErrors } from "./report-host-errors.ts";
import { releaseRoots, runDirectories } from "./run-directory.ts";
import { sayPlan } from "./say-plan.ts";
import type { CommandStart } from "./start-command.ts";

/** How to deploy. */
export interface DeployPlan {
  readonly goal: Goal;
  /** How many hosts at a time. */
  readonly parallel: number;
  /** Agree to every wave without asking. */
  readonly yes?: boolean;
  /** What a saved plan says of the hosts; see `DeployRequest`. */
  readonly planned?: readonly PlannedHost[];
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

/** How a run ended, and what of it was shown already. */
interface DeployedInView {
  readonly report: RunReport;
  /** Whether failures were told in full. */
  readonly told: boolean;
  /** The directory with the logs of the hosts. */
  readonly logs: string | undefined;
}

async function deployInFullView(
  start: CommandStart,
  { goal, parallel, planned, yes }: DeployPlan,
  flake: LockedFlake,
): Promise<DeployedInView> {
  const { services, hosts, loaded, interruption, output, context } = start;
  const runId = newRunId(new Date(context.now()));
  const directories = await runDirectories(loaded.directory, runId, context.now()).catch((error: unknown) =>
    noJournal(start, error),
  );
  await using journal = directories && (await openJournal(directories.journals, runId));
  await using logs = directories && (await openHostLogs(directories.logs));
  const printEvent = (event: FleetEvent): void => output.stdout.write(eventLine(event));
  await askSudoPasswords(start);
  await using engine = await openEngine(start, [
    ...(journal === undefined ? [] : [journal.write]),
    ...(logs === undefined ? [] : [logs.write]),
    ...(output.json ? [printEvent] : []),
  ]);
  interruption.drainFirst(engine.progress.draining);
  const { rollout, hosts: fleetHosts } = loaded.fleet;
  const request = { runId, flake, hosts, fleetHosts, rollout, goal, parallel };
  const more = {
    ...(directories === undefined ? {} : { rootsDirectory: directories.roots }),
    ...(planned === undefined ? {} : { planned }),
  };
  const report = await services.deployFleet(
    { ...request, ...more },
    { ...engine.context, ...whoAnswers(start, engine, yes) },
  );
  if (directories !== undefined && report.exitCode === exitCodes.ok) await releaseRoots(directories);
  warnOfJournal(start, journal);
  return { report, told: engine.progress.tellsFailures, logs: logs?.directory };
}

function whoAnswers(
  { context, output, interruption }: CommandStart,
  { progress }: Engine,
  yes: boolean | undefined,
): Pick<RunContext, "ask"> {
  if (yes === true) return { ask: async () => true };
  if (!output.stderr.isTTY) return {};
  const confirm = (question: string): Promise<boolean | undefined> => context.confirm(question, interruption.signal);
  return { ask: async (question) => (await progress.aside(() => confirm(question))) === true };
}

function howOf({ hosts }: CommandStart, { goal, parallel }: DeployPlan): readonly string[] {
  return hosts.length === 1 ? [goal] : [goal, `${Math.min(parallel, hosts.length)} at a time`];
}

function showReport(
  { output, sameFleet, cwd }: CommandStart,
  { goal }: DeployPlan,
  { report, told, logs }: DeployedInView,
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
  const next = nextCommand(report.verdicts, [...sameFleet, ...(goal === "switch" ? [] : ["--goal", goal])]);
  if (next !== undefined) output.stderr.write(`\nTo go on: ${output.progressColors.bold(next)}\n`);
}

// Without a place for its journal a deployment is still worth more than none.
function noJournal({ output, loaded }: CommandStart, error: unknown): undefined {
  const reason = error instanceof Error ? error.message : String(error);
  const mark = output.progressColors.yellow("warning");
  output.stderr.write(`${mark}: this run leaves no journal in ${loaded.directory}: ${reason}\n`);
}

function warnOfJournal({ output }: CommandStart, journal: Journal | undefined): void {
  const problem = journal?.problem();
  if (journal === undefined || problem === undefined) return;
  const mark = output.progressColors.yellow("warning");
  output.stderr.write(`${mark}: the journal ${journal.file} is incomplete: ${problem.message}\n`);
}
