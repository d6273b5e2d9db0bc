import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { findRunId, isDone, listRuns, runIds } from "@flurry/deploy";
import type { RunRecord } from "@flurry/deploy";

import type { RunsFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { outputFor } from "../output.ts";
import type { Output } from "../output.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { renderRun, renderRuns } from "../renderers/runs-table.ts";
import { guarded } from "../run/guard.ts";
import { journalDirectory } from "../run/journal-directory.ts";
import { writeRunMetrics } from "../run/run-metrics-file.ts";

const defaultLimit = 20;

/** `flurry runs`: what the runs of the fleet came to, as their journals tell. */
export async function runs(this: CommandScope, flags: RunsFlags, ...words: readonly string[]): Promise<void> {
  await guarded(this, flags, async () => {
    const [wish, ...others] = words;
    if (others.length > 0)
      throw new FlurryError("FLURRY_USAGE", "flurry runs shows one run at a time", {
        hint: `flurry runs ${wish ?? ""}`,
      });
    const output = outputFor(this.cli, flags);
    const directory = await journalDirectory(this.cli, flags);
    if (flags.prometheus !== undefined)
      await writeRunMetrics(directory, resolve(this.cli.cwd, flags.directory ?? ".", flags.prometheus));
    if (wish === undefined) showList(await listRuns(directory, flags.limit ?? defaultLimit), output);
    else showOne(await oneRun(directory, wish), output);
    return 0;
  });
}

async function oneRun(directory: string, wish: string): Promise<RunRecord> {
  const ids = await runIds(directory);
  const id = findRunId(ids, wish);
  // Only a later run can have gone on with it.
  const record = (await listRuns(directory, ids.indexOf(id) + 1)).find(({ runId }) => runId === id);
  if (record === undefined) throw new FlurryError("FLURRY_RUN_NOT_FOUND", `the journal of run ${id} cannot be read`);
  return record;
}

function showList(records: readonly RunRecord[], output: Output): void {
  const { stdout, colors } = output;
  if (output.json) return stdout.write(jsonDocument("runs", { runs: records.map(runJson) }));
  if (records.length === 0) return stdout.write("no runs yet\n");
  stdout.write(renderRuns(records, { colors, columns: stdout.columns() }));
}

function showOne(record: RunRecord, output: Output): void {
  const { stdout, colors } = output;
  if (output.json) return stdout.write(jsonDocument("runs", { run: runJson(record) }));
  stdout.write(renderRun(record, { colors, columns: stdout.columns() }));
  if (record.state === "broken-off" && record.resumedBy === undefined && !record.hosts.every(isDone))
    output.stderr.write(`\nTo go on: ${output.progressColors.bold(`flurry resume ${record.runId}`)}\n`);
}

/** What of a run is of use to a reader of JSON: the header is the journal's own. */
function runJson({ header, ...record }: RunRecord): object {
  return header?.flake === undefined
    ? record
    : { ...record, revision: header.flake.revision, dirty: header.flake.dirty };
}
