import { FlurryError } from "@flurry/core";
import type { Attributed } from "@flurry/deploy";

import type { EvalFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { evaluationJson, profilesJson, renderDerivations, shownEvaluation } from "../renderers/evaluation-table.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { renderStats } from "../renderers/stats-table.ts";
import { changedHosts } from "../run/changed-hosts.ts";
import { emitStart, openEngine } from "../run/engine.ts";
import { evaluateHosts, ofSystems } from "../run/evaluate-hosts.ts";
import { exitCodeOfErrors } from "../run/exit-code-of-errors.ts";
import { guarded } from "../run/guard.ts";
import { reportHostErrors } from "../run/report-host-errors.ts";
import { startCommand } from "../run/start-command.ts";
import type { CommandStart } from "../run/start-command.ts";

/** `flurry eval`: the derivation, the output and the system of each host, or which hosts a change affects. */
export async function evaluate(this: CommandScope, flags: EvalFlags, ...words: readonly string[]): Promise<void> {
  await guarded(this, flags, async (interruption) => {
    refuseContradictions(flags);
    const start = await startCommand({ context: this.cli, flags, words, interruption });
    if (flags.changed === true) return await changedHosts(start, flags.since);
    return await showEvaluations(start, flags);
  });
}

function refuseContradictions({ changed = false, since, stats = false }: EvalFlags): void {
  if (since !== undefined && !changed)
    throw new FlurryError("FLURRY_USAGE", "--since says what --changed compares with", {
      hint: `write: flurry eval --changed --since ${since}`,
    });
  if (stats && changed)
    throw new FlurryError("FLURRY_USAGE", "--changed and --stats exclude each other", {
      hint: "--changed tells the reasons by itself",
    });
}

async function showEvaluations(start: CommandStart, { stats }: EvalFlags): Promise<number> {
  const { all, told } = await evaluateAll(start);
  const errors = all.flatMap(({ host, evaluation: one }) =>
    one.status === "failed" ? [one.error.withHost(host).toJSON()] : [],
  );
  const named = all.map(shownEvaluation);
  const { output } = start;
  if (!told && !output.json) reportHostErrors(errors, output);
  output.stdout.write(
    output.json
      ? jsonDocument("eval", { hosts: ofSystems(all).map(evaluationJson), ...profilesJson(all) })
      : stats === true
        ? renderStats(named, { colors: output.colors, columns: output.stdout.columns() })
        : renderDerivations(named, output.colors),
  );
  return exitCodeOfErrors(errors.map((error) => error.code));
}

async function evaluateAll(
  start: CommandStart,
): Promise<{ readonly all: readonly Attributed[]; readonly told: boolean }> {
  const flake = await start.loaded.lock();
  await using engine = await openEngine(start);
  emitStart(start, engine.emit, "eval");
  return { all: await evaluateHosts(start, engine, flake), told: engine.progress.tellsFailures };
}
