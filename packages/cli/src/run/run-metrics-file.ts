import { resolve } from "node:path";

import { atomicWrite } from "@flurry/core";
import { listRuns } from "@flurry/deploy";

import { renderRunMetrics } from "../renderers/run-metrics.ts";
import { journalsIn } from "./journal-directory.ts";
import type { CommandStart } from "./start-command.ts";

/** Enough runs to find the last one of each host. */
const runLimit = 100;

/**
 * Where what runs came to is to be written: what the command line says (seen from the working directory), then
 * FLURRY_PROMETHEUS, then the fleet file (seen from its directory).
 */
function runMetricsFile(
  { cwd, context, loaded }: Pick<CommandStart, "cwd" | "context" | "loaded">,
  flag: string | undefined,
): string | undefined {
  const named = flag ?? (context.env["FLURRY_PROMETHEUS"] || undefined);
  if (named !== undefined) return resolve(cwd, named);
  const { prometheusFile } = loaded.fleet;
  return prometheusFile === undefined ? undefined : resolve(loaded.directory, prometheusFile);
}

/**
 * Writes what the runs of a fleet came to; another user reads it.
 *
 * @param ended - a run that has ended in this very process, and whose journal may not say so
 */
export async function writeRunMetrics(journals: string, file: string, ended?: string): Promise<void> {
  const runs = await listRuns(journals, runLimit);
  const settled = runs.map((run) =>
    run.runId === ended && run.state === "running" ? { ...run, state: "broken-off" as const } : run,
  );
  await atomicWrite(file, renderRunMetrics(settled), { mode: 0o644 });
}

/** The same behind a run; what it came to does not depend on whether its measures can be written. */
export async function tellMetrics(start: CommandStart, flag: string | undefined, ended: string): Promise<void> {
  const file = runMetricsFile(start, flag);
  if (file === undefined) return;
  const { output, loaded } = start;
  await writeRunMetrics(journalsIn(loaded.directory), file, ended).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    output.stderr.write(`${output.progressColors.yellow("warning")}: ${file} could not be written: ${reason}\n`);
  });
}
