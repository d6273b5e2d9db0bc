import type { Evaluation } from "@flurry/nix";

import type { EvalFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { renderTable } from "../renderers/table.ts";
import { emitStart, openEngine } from "../run/engine.ts";
import { evaluated, evaluateHosts } from "../run/evaluate-hosts.ts";
import { exitCodeOfErrors } from "../run/exit-code-of-errors.ts";
import { guarded } from "../run/guard.ts";
import { reportHostErrors } from "../run/report-host-errors.ts";
import { startCommand } from "../run/start-command.ts";
import type { CommandStart } from "../run/start-command.ts";

/** `flurry eval`: the derivation, the output and the system of each host. */
export async function evaluate(this: CommandScope, flags: EvalFlags, ...words: readonly string[]): Promise<void> {
  await guarded(this, flags, async (interruption) => {
    const start = await startCommand({ context: this.cli, flags, words, interruption });
    const { evaluations, told } = await evaluateAll(start);
    const errors = evaluations.flatMap((one) =>
      one.status === "failed" ? [one.error.withHost(one.host).toJSON()] : [],
    );
    const { output } = start;
    if (!told && !output.json) reportHostErrors(errors, output);
    output.stdout.write(
      output.json ? jsonDocument("eval", { hosts: evaluations.map(asJson) }) : table(evaluations, start),
    );
    return exitCodeOfErrors(errors.map((error) => error.code));
  });
}

async function evaluateAll(
  start: CommandStart,
): Promise<{ readonly evaluations: readonly Evaluation[]; readonly told: boolean }> {
  const flake = await start.loaded.lock();
  await using engine = await openEngine(start);
  emitStart(start, engine.emit, "eval");
  return { evaluations: await evaluateHosts(start, engine, flake), told: engine.progress.tellsFailures };
}

function asJson(evaluation: Evaluation): object {
  const { host, status, durationMs } = evaluation;
  if (evaluation.status === "failed") return { host, status, durationMs, error: evaluation.error.toJSON() };
  const { system, drvPath, outPath, peakRssBytes } = evaluation;
  return { host, status, system, drvPath, outPath, durationMs, peakRssBytes };
}

function table(evaluations: readonly Evaluation[], { output }: CommandStart): string {
  const rows = evaluated(evaluations).map(({ host, system, drvPath, outPath }) => [host, system, drvPath, outPath]);
  // Paths are there to be copied, so none is cut.
  const view = { colors: output.colors, columns: undefined };
  return rows.length === 0 ? "" : renderTable(["host", "system", "derivation", "output"], rows, view);
}
