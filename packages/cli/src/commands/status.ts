import { resolve } from "node:path";

import { atomicWrite } from "@flurry/core";
import type { FlurryErrorJson } from "@flurry/core";
import { listRuns } from "@flurry/deploy";
import type { HostStatus } from "@flurry/deploy";

import type { StatusFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { renderPrometheus } from "../renderers/prometheus.ts";
import { renderStatus } from "../renderers/status-table.ts";
import { exitCodeOfErrors } from "../run/exit-code-of-errors.ts";
import { guarded } from "../run/guard.ts";
import { journalsIn } from "../run/journal-directory.ts";
import { reportHostErrors } from "../run/report-host-errors.ts";
import { startCommand } from "../run/start-command.ts";
import type { CommandStart } from "../run/start-command.ts";
import { surveyHosts } from "../run/survey-hosts.ts";

/** `flurry status`: what each host runs against what the flake says. */
export async function status(this: CommandScope, flags: StatusFlags, ...words: readonly string[]): Promise<void> {
  await guarded(this, flags, async (interruption) => {
    const start = await startCommand({ context: this.cli, flags, words, interruption });
    const { output } = start;
    const { statuses, evaluationErrors, told } = await surveyHosts(start, {
      command: "status",
      evaluate: flags.noEval !== true,
      ...(flags.parallel === undefined ? {} : { parallel: flags.parallel }),
    });
    const unreachable = statuses.flatMap(errorOf);
    if (!output.json) reportHostErrors(told ? unreachable : [...evaluationErrors, ...unreachable], output);
    const view = { colors: output.colors, columns: output.stdout.columns() };
    output.stdout.write(
      output.json ? jsonDocument("status", { hosts: statuses, evaluationErrors }) : renderStatus(statuses, view),
    );
    if (flags.prometheus !== undefined) await writeMetrics(start, statuses, flags.prometheus);
    return exitCodeOfErrors([...evaluationErrors, ...unreachable].map((error) => error.code));
  });
}

/** Enough runs to find the last one of each host. */
const runLimit = 50;

async function writeMetrics(
  { context, cwd, loaded }: CommandStart,
  statuses: readonly HostStatus[],
  file: string,
): Promise<void> {
  const runs = await listRuns(journalsIn(loaded.directory), runLimit);
  // Another user reads it.
  await atomicWrite(resolve(cwd, file), renderPrometheus({ statuses, runs, now: context.now() }), { mode: 0o644 });
}

function errorOf({ host, error }: HostStatus): readonly FlurryErrorJson[] {
  return error === undefined ? [] : [{ ...error, host }];
}
