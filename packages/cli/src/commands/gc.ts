import type { FlurryErrorJson } from "@flurry/core";
import { newRunId } from "@flurry/deploy";

import type { GcFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { renderCollected } from "../renderers/collect-table.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { askSudoPasswords } from "../run/ask-sudo-password.ts";
import { emitStart, openEngine } from "../run/engine.ts";
import { exitCodeOfErrors } from "../run/exit-code-of-errors.ts";
import { guarded } from "../run/guard.ts";
import { reportHostErrors } from "../run/report-host-errors.ts";
import { startCommand } from "../run/start-command.ts";

const defaultKeep = 5;
const defaultParallel = 8;
const defaultTimeoutMs = 30 * 60_000;

/** `flurry gc`: deletes old generations of hosts and collects their garbage. */
export async function gc(this: CommandScope, flags: GcFlags, ...words: readonly string[]): Promise<void> {
  await guarded(this, flags, async (interruption) => {
    const start = await startCommand({ context: this.cli, flags, words, interruption });
    const { hosts, services, output, context } = start;
    const isDryRun = flags.dryRun === true;
    // With an age alone, the age decides; one generation stays in any case.
    const keep = flags.keep ?? (flags.olderThan === undefined ? defaultKeep : 1);
    const request = {
      runId: newRunId(new Date(context.now())),
      hosts,
      policy: { keep, ...(flags.olderThan === undefined ? {} : { olderThanMs: flags.olderThan }) },
      parallel: flags.parallel ?? defaultParallel,
      timeoutMs: flags.timeout ?? defaultTimeoutMs,
      now: context.now(),
      isDryRun,
    };
    const results = await (async () => {
      await askSudoPasswords(start);
      await using engine = await openEngine(start);
      emitStart(start, engine.emit, "status");
      return await services.collectFleet(request, engine.context);
    })();
    const errors = results.flatMap(({ host, error }): readonly FlurryErrorJson[] =>
      error === undefined ? [] : [{ ...error, host }],
    );
    if (!output.json) reportHostErrors(errors, output);
    const view = { colors: output.colors, columns: output.stdout.columns(), isDryRun };
    output.stdout.write(
      output.json ? jsonDocument("gc", { dryRun: isDryRun, hosts: results }) : renderCollected(results, view),
    );
    return exitCodeOfErrors(errors.map((error) => error.code));
  });
}
