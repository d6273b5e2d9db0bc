import type { FleetEvent } from "@flurry/core";
import { exitCodes, newRunId, openJournal, processIdentity } from "@flurry/deploy";
import type { Journal, JournalHeader, RunContext, RunReport } from "@flurry/deploy";

import { eventLine } from "../renderers/ndjson.ts";
import { askSudoPasswords } from "./ask-sudo-password.ts";
import { openEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { openHostLogs } from "./host-logs.ts";
import { releaseRoots, runDirectories } from "./run-directory.ts";
import { tellMetrics } from "./run-metrics-file.ts";
import type { CommandStart } from "./start-command.ts";

/** What the journal begins with, beside what every run has. */
export type RunDescription = Omit<JournalHeader, "kind" | "at" | "runId" | "operator" | "process" | "machine">;

/** How a run is held. */
export interface RunManner {
  /** Agree to every wave without asking. */
  readonly yes?: boolean | undefined;
  /** Where to write what the last runs came to, when it has ended. */
  readonly prometheus?: string | undefined;
}

/** How a run ended, and what of it was shown already. */
export interface RunInView<Report> {
  readonly report: Report;
  /** Whether failures were told in full. */
  readonly told: boolean;
  /** The directory with the logs of the hosts. */
  readonly logs: string | undefined;
}

/** A run that is about to begin. */
export interface OpenRun {
  readonly runId: string;
  readonly context: Engine["context"];
  /** Where links to systems go; missing where the fleet's directory cannot be written to. */
  readonly rootsDirectory?: string;
}

/**
 * Does something to hosts in full view: with a journal, progress on standard error and, with `--json`, every event on
 * standard output. The first interruption lets it drain.
 */
export async function recordedRun<Report extends RunReport>(
  start: CommandStart,
  { prometheus, ...rest }: RunDescription & RunManner,
  body: (run: OpenRun) => Promise<Report>,
): Promise<RunInView<Report>> {
  const now = start.context.now();
  const runId = newRunId(new Date(now));
  try {
    return await recorded(start, { ...rest, runId, now }, body);
  } finally {
    await tellMetrics(start, prometheus, runId);
  }
}

async function recorded<Report extends RunReport>(
  start: CommandStart,
  { yes, runId, now, ...description }: RunDescription & RunManner & { readonly runId: string; readonly now: number },
  body: (run: OpenRun) => Promise<Report>,
): Promise<RunInView<Report>> {
  const { loaded, interruption, output, context } = start;
  const directories = await runDirectories(loaded.directory, runId, now).catch((error: unknown) =>
    noJournal(start, error),
  );
  const self = await processIdentity(process.pid);
  // Only on that very machine can anybody go on with what it does to itself.
  const machine = description.localHost === undefined ? undefined : await context.machine?.();
  const header: JournalHeader = {
    kind: "journal",
    at: now,
    runId,
    operator: context.operator,
    ...description,
    ...(self === undefined ? {} : { process: self }),
    ...(machine === undefined ? {} : { machine }),
  };
  await using journal = directories && (await openJournal(directories.journals, header));
  await using logs = directories && (await openHostLogs(directories.logs));
  const printEvent = (event: FleetEvent): void => output.stdout.write(eventLine(event));
  await askSudoPasswords(start);
  await using engine = await openEngine(start, [
    ...(journal === undefined ? [] : [journal.write]),
    ...(logs === undefined ? [] : [logs.write]),
    ...(output.json ? [printEvent] : []),
  ]);
  interruption.drainFirst(engine.progress.draining);
  const roots = directories === undefined ? {} : { rootsDirectory: directories.roots };
  const report = await body({ runId, context: { ...engine.context, ...whoAnswers(start, engine, yes) }, ...roots });
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
